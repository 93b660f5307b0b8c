import type { RedisClient } from './redis-client.js';

// Each script is about one key, so it runs on any server of a Cluster, and each may be sent twice: ioredis sends a
// command again if the connection broke before its reply.

// ttl is how long the entry must be there; it is never taken away earlier than somebody asked for before. In
// milliseconds, and like PTTL's: -1 for no end. Nothing is written about what is over and of which nothing is known.
const START = `
local ttl = tonumber(ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left == -2 and ttl == 0 then return 0 end
local known = redis.call('GET', KEYS[1])
if left == -1 or ttl == -1 then ttl = -1 else ttl = math.max(ttl, left, 1) end
local function write(value)
  if ttl == -1 then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'PX', ttl) end
end`;

const REVOKE = `${START}
write(known or ARGV[1])
if not known or known == ARGV[1] then return 1 end
return 0`;

const REPLACE_EPOCH = `${START}
write(ARGV[1])
return 1`;

/** The scripts as methods of the client. `ttl` in milliseconds: 0 for what is over already, -1 for no end. */
export interface RevocationScripts {
  /** @param token unlike every other one: it tells who came first. 1 for that one, else 0 */
  nestSessionRevoke(key: string, token: string, ttl: number): Promise<number | string>;
  nestSessionEpoch(key: string, epoch: string, ttl: number): Promise<unknown>;
}

/** Teaches the client the scripts. */
export function defineRevocationScripts(client: RedisClient): RedisClient & RevocationScripts {
  client.defineCommand('nestSessionRevoke', { numberOfKeys: 1, lua: REVOKE });
  client.defineCommand('nestSessionEpoch', { numberOfKeys: 1, lua: REPLACE_EPOCH });
  return client as RedisClient & RevocationScripts;
}
