import type { RedisClient } from './redis-client.js';

// Each script uses one key, so it runs on any server of a Cluster. Each may run twice: ioredis sends a command again if the
// connection broke before the reply.

// ttl (ms) is how long the entry has to be kept, -1 for ever as in PTTL. It is never shortened. Where there is no entry,
// none is written for a session that has expired.
const START = `
local ttl = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
local stored = redis.call('GET', KEYS[1])
if not stored and ttl == 0 then return false end
if left == -1 or ttl == -1 then ttl = -1 else ttl = math.max(ttl, left, 1) end
local function write(value)
  if ttl == -1 then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'PX', ttl) end
end
local function number(text) return text == '*' and math.huge or tonumber(text) end`;

// An entry is '1 least by graceUntil over at token before': the text of encodeEntry(), the call that wrote it, and the entry
// before that, so that a command that runs a second time returns the same as the first time. The merge is that of
// raiseEntry(). An entry in another format was written by a newer release: it is not changed, only kept longer.
const RAISE = `${START}
local token, least, by, late, over, at = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local now = ''
if stored then
  local head, wLeast, wBy, wLate, wOver, wAt, writer, before =
    string.match(stored, '^(1 (%S+) (%S+) (%S+) (%S+) (%S+)) (%S+) ?(.*)$')
  if not head then write(stored) return stored end
  if writer == token then
    write(stored)
    return before ~= '' and before
  end
  local ends = wOver == '-' and over ~= '-'
  if number(least) <= number(wLeast) then
    if not ends then write(stored) return head end
    least, by, late, at = wLeast, wBy, wLate, wAt
  elseif wOver ~= '-' then
    over = wOver
  end
  now = head
end
write('1 ' .. least .. ' ' .. by .. ' ' .. late .. ' ' .. over .. ' ' .. at .. ' ' .. token .. ' ' .. now)
return now ~= '' and now`;

const REVOKE_BEFORE = `${START}
local time = stored and string.match(stored, '^1 (%d+)$')
if stored and (not time or number(time) >= number(ARGV[2])) then write(stored) else write('1 ' .. ARGV[2]) end
return 1`;

/** The scripts as methods of the client. `ttl` in milliseconds: 0 for expired, -1 for ever. */
export interface RevocationScripts {
  /**
   * @param token random: identifies this call
   * @param entry least, by, graceUntil, over, at, as `encodeEntry()` writes them
   * @returns the previous entry, if there was one
   */
  nestSessionRaise(key: string, ttl: number, token: string, ...entry: string[]): Promise<string | null>;
  nestSessionRevokeBefore(key: string, ttl: number, time: string): Promise<unknown>;
}

/** Adds the scripts to the client as methods. */
export function defineRevocationScripts(client: RedisClient): RedisClient & RevocationScripts {
  client.defineCommand('nestSessionRaise', { numberOfKeys: 1, lua: RAISE });
  client.defineCommand('nestSessionRevokeBefore', { numberOfKeys: 1, lua: REVOKE_BEFORE });
  return client as RedisClient & RevocationScripts;
}
