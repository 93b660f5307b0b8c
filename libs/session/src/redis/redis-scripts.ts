import type { RedisClient } from './redis-client.js';

// Each script uses one key, so it runs on any server of a Cluster. Each may run twice: ioredis sends a command again if the
// connection broke before the reply. No two writes have the same text, so a script that finds the text that it was to write
// has run before.

const CREATE = `
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 1 end
if redis.pcall('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0`;

// The current text, or nil. A value of another type is no session: it is deleted and counts as nil.
const CURRENT = `
local current = redis.pcall('GET', KEYS[1])
if type(current) == 'table' then
  if not string.find(current.err, 'WRONGTYPE', 1, true) then return current end
  redis.call('DEL', KEYS[1])
  current = false
end`;

const REPLACE = `${CURRENT}
if not current then return {0} end
if current == ARGV[2] then return {1} end
if redis.sha1hex(current) ~= ARGV[1] then return {2, current, redis.call('PTTL', KEYS[1])} end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return {1}`;

const REMOVE = `${CURRENT}
if not current then return false end
local ttl = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
return {current, ttl}`;

const DISCARD = `${CURRENT}
if current and (ARGV[1] == '*' or redis.sha1hex(current) == ARGV[1]) then return redis.call('DEL', KEYS[1]) end
return 0`;

/** The scripts as methods of the client. Times in milliseconds. */
export interface ScriptCommands {
  /** Writes only if there is no key: 1 if the text is stored now, 0 if there was another one. */
  nestSessionCreate(key: string, text: string, ttl: number): Promise<number | string>;
  /** Writes only over what has this SHA-1: `[0]` nothing was there, `[1]` written, `[2, text, ttl]` something else was. */
  nestSessionReplace(
    key: string,
    sha1: string,
    text: string,
    ttl: number,
  ): Promise<[number | string, string?, (number | string)?]>;
  /** Deletes: `[text, ttl]` of what was there, or null. */
  nestSessionRemove(key: string): Promise<[string, number | string] | null>;
  /** Deletes what has this SHA-1, anything for `*`: 1 if it did. In any case what is no string. */
  nestSessionDiscard(key: string, sha1: string): Promise<number | string>;
}

/** Adds the scripts to the client as methods. It sends a script once per connection, and afterwards only its hash. */
export function defineScripts(client: RedisClient): RedisClient & ScriptCommands {
  client.defineCommand('nestSessionCreate', { numberOfKeys: 1, lua: CREATE });
  client.defineCommand('nestSessionReplace', { numberOfKeys: 1, lua: REPLACE });
  client.defineCommand('nestSessionRemove', { numberOfKeys: 1, lua: REMOVE });
  client.defineCommand('nestSessionDiscard', { numberOfKeys: 1, lua: DISCARD });
  return client as RedisClient & ScriptCommands;
}
