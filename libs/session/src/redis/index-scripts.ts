import type { RedisClient } from './redis-client.js';

// Each script uses one key, the sorted set of one index key, so it runs on any server of a Cluster. Each may run twice:
// ioredis sends a command again if the connection broke before the reply.
//
// A member is `<createdAt>:<key>`, its score the time when it expires (ms), negative while it is being evicted. The score
// of the member `revoked` is the time of the last revocation, plus BASE, where no time is. The set expires with its last
// member.

const BASE = 8_000_000_000_000_000;

const START = `
local set = KEYS[1]
local now = tonumber(ARGV[1])
local revoked = tonumber(redis.call('ZSCORE', set, 'revoked') or ${BASE}) - ${BASE}
local function lives(ttl)
  if redis.call('PTTL', set) < ttl then redis.call('PEXPIRE', set, ttl) end
end`;

const ADD = `${START}
local member, score, begun, limit, evicts =
  ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
if begun < revoked then return {'ended'} end
redis.call('ZREMRANGEBYSCORE', set, string.format('%.0f', -now), now)
local known = tonumber(redis.call('ZSCORE', set, member) or 0)
if known < 0 then return {'evicting'} end
if known == 0 and limit >= 0 then
  local others = redis.call('ZRANGEBYSCORE', set, '(0', '(${BASE}')
  if #others >= limit then
    if evicts == '0' then return {'full'} end
    local function age(one) return tonumber(string.match(one, '^[^:]*')) end
    table.sort(others, function(one, other)
      local a, b = age(one), age(other)
      if a ~= b then return a < b end
      return one < other
    end)
    for i = 1, #others - limit + 1 do
      redis.call('ZADD', set, -redis.call('ZSCORE', set, others[i]), others[i])
    end
  end
end
redis.call('ZADD', set, math.max(score, known), member)
lives(score - now)
return {'in', redis.call('ZRANGEBYSCORE', set, '-inf', '(0')}`;

const EXTEND = `${START}
local member, score, begun = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if begun < revoked then return 'over' end
local known = tonumber(redis.call('ZSCORE', set, member) or 0)
if known < 0 then return 'over' end
if known <= now then return 'absent' end
if score > known then redis.call('ZADD', set, score, member) end
lives(score - now)
return 'in'`;

const MEMBERS = `${START}
redis.call('ZREMRANGEBYSCORE', set, string.format('%.0f', -now), now)
return redis.call('ZRANGEBYSCORE', set, '-inf', '(${BASE}', 'WITHSCORES')`;

const REVOKE_BEFORE = `${START}
local time, ttl = tonumber(ARGV[2]), tonumber(ARGV[3])
if time > revoked then redis.call('ZADD', set, ${BASE} + time, 'revoked') end
lives(ttl)
return redis.call('ZRANGEBYSCORE', set, '-inf', '(${BASE}', 'WITHSCORES')`;

const REVOKED_BEFORE = `${START}
return revoked`;

type Integer = number | string;

/** The scripts as methods of the client. `now`, `until` in milliseconds since the epoch. */
export interface IndexScripts {
  /** @param limit -1 for none. @returns `['in', members that are evicted]`, or why it was not added */
  nestSessionAdd(
    key: string,
    now: number,
    member: string,
    until: number,
    revokedBefore: number,
    limit: number,
    evicts: 0 | 1,
  ): Promise<['in' | 'full' | 'ended' | 'evicting', string[]?]>;
  nestSessionExtend(
    key: string,
    now: number,
    member: string,
    until: number,
    revokedBefore: number,
  ): Promise<'in' | 'absent' | 'over'>;
  /** Members and their scores in turn. */
  nestSessionMembers(key: string, now: number): Promise<string[]>;
  /** @param ttl milliseconds. As {@link nestSessionMembers} */
  nestSessionRevokeBefore(key: string, now: number, time: number, ttl: number): Promise<string[]>;
  nestSessionRevokedBefore(key: string, now: number): Promise<Integer>;
}

/** Adds the scripts to the client as methods. */
export function defineIndexScripts(client: RedisClient): RedisClient & IndexScripts {
  client.defineCommand('nestSessionAdd', { numberOfKeys: 1, lua: ADD });
  client.defineCommand('nestSessionExtend', { numberOfKeys: 1, lua: EXTEND });
  client.defineCommand('nestSessionMembers', { numberOfKeys: 1, lua: MEMBERS });
  client.defineCommand('nestSessionRevokeBefore', { numberOfKeys: 1, lua: REVOKE_BEFORE });
  client.defineCommand('nestSessionRevokedBefore', { numberOfKeys: 1, lua: REVOKED_BEFORE });
  return client as RedisClient & IndexScripts;
}
