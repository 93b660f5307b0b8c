import type { RedisClient } from './redis-client.js';

// Each script is about one key, the sorted set of one place, so it runs on any server of a Cluster. Each may be sent
// twice: ioredis sends a command again if the connection broke before its reply.
//
// A member is `<createdAt>:<key>`, its score when it ends (ms); negative for one that makes room. The member `revoked`
// has what stands against the place as its score, moved to where no time is. The set ends with what ends last in it.

const BASE = 8_000_000_000_000_000;

const START = `
local set = KEYS[1]
local now = tonumber(ARGV[1])
local stands = tonumber(redis.call('ZSCORE', set, 'revoked') or ${BASE}) - ${BASE}
local function lives(ttl)
  if redis.call('PTTL', set) < ttl then redis.call('PEXPIRE', set, ttl) end
end`;

const ENTER = `${START}
local member, score, begun, limit, room =
  ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
if begun < stands then return {'ended'} end
redis.call('ZREMRANGEBYSCORE', set, string.format('%.0f', -now), now)
local known = tonumber(redis.call('ZSCORE', set, member) or 0)
if known < 0 then return {'leaving'} end
if known == 0 and limit >= 0 then
  local others = redis.call('ZRANGEBYSCORE', set, '(0', '(${BASE}')
  if #others >= limit then
    if room == '0' then return {'full'} end
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

const PROLONG = `${START}
local member, score, begun = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if begun < stands then return 'over' end
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
if time > stands then redis.call('ZADD', set, ${BASE} + time, 'revoked') end
lives(ttl)
return redis.call('ZRANGEBYSCORE', set, '-inf', '(${BASE}', 'WITHSCORES')`;

const REVOKED_BEFORE = `${START}
return stands`;

type Integer = number | string;

/** The scripts as methods of the client. `now`, `until` in milliseconds since the epoch. */
export interface IndexScripts {
  /** @param limit -1 for none. `['in', members that make room]`, or why it is not in */
  nestSessionEnter(
    key: string,
    now: number,
    member: string,
    until: number,
    revokedBefore: number,
    limit: number,
    room: 0 | 1,
  ): Promise<['in' | 'full' | 'ended' | 'leaving', string[]?]>;
  nestSessionProlong(
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

/** Teaches the client the scripts. */
export function defineIndexScripts(client: RedisClient): RedisClient & IndexScripts {
  client.defineCommand('nestSessionEnter', { numberOfKeys: 1, lua: ENTER });
  client.defineCommand('nestSessionProlong', { numberOfKeys: 1, lua: PROLONG });
  client.defineCommand('nestSessionMembers', { numberOfKeys: 1, lua: MEMBERS });
  client.defineCommand('nestSessionRevokeBefore', { numberOfKeys: 1, lua: REVOKE_BEFORE });
  client.defineCommand('nestSessionRevokedBefore', { numberOfKeys: 1, lua: REVOKED_BEFORE });
  return client as RedisClient & IndexScripts;
}
