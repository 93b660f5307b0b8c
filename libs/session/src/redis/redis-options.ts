import type { SessionData } from 'express-session';
import { systemClock, type Clock } from '../core/clock.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { resolveNearCache, type NearCacheOptions, type ResolvedNearCache } from './near-cache-options.js';
import { isRedisClient, keyPrefixOf, type RedisClient } from './redis-client.js';
import {
  checkConnection,
  checkNames,
  checkTimes,
  has,
  isWhole,
  show,
  type RedisConnectionOptions,
} from './redis-connection-options.js';

/** Turns sessions into text and back. The one of connect-redis, so that both read the same records. */
export interface RedisSerializer {
  parse(text: string): SessionData | Promise<SessionData>;
  stringify(session: SessionData): string;
}

/** Options of {@link redisStore}: `client` or `url`, and what may differ from the defaults. */
export interface RedisSessionStoreOptions extends RedisConnectionOptions {
  /**
   * The prefix of every key.
   * @default 'sess:'
   */
  prefix?: string;
  /**
   * `'hashed'` names a session by a hash of its id, so that a copy of the database opens no session. `'plain'` names it
   * by the id itself, as connect-redis does: for a fleet in which express-session reads and writes the same sessions.
   * @default 'hashed'
   */
  ids?: 'hashed' | 'plain';
  /** @default JSON */
  serializer?: RedisSerializer;
  /**
   * How many keys Redis looks at in one step of `ids()`, `length()`, `all()` and `clear()`.
   * @default 100
   */
  scanCount?: number;
  /**
   * Keeps sessions that were read in the memory of this process, so that reading them again needs no command. Redis reports
   * every change over one more connection, usually within a millisecond. Where that connection breaks unnoticed, a session
   * may be read in its old state for as long as `maxAge`, and never for longer than 1.5 seconds. Needs Redis 6, and no
   * Cluster.
   * @default false
   */
  nearCache?: boolean | NearCacheOptions;
}

/** The options with every default filled in. */
export interface ResolvedRedisOptions {
  readonly connection: RedisClient | string;
  readonly prefix: string;
  readonly ids: 'hashed' | 'plain';
  readonly serializer: RedisSerializer | undefined;
  readonly scanCount: number;
  readonly nearCache: ResolvedNearCache | undefined;
  readonly commandTimeout: number;
  readonly clock: Clock;
}

const KNOWN = ['client', 'url', 'prefix', 'ids', 'serializer', 'scanCount', 'nearCache', 'commandTimeout', 'clock'];
const FROM_CONNECT_REDIS: Record<string, string> = {
  ttl: 'is not needed. How long a session lives is idleTimeout and absoluteTimeout of SessionModule. Remove it.',
  disableTTL: 'cannot be turned off: every key has a TTL. Remove it.',
  disableTouch: 'is not needed: sessions are renewed once in a while, not by every request. Remove it.',
};

/**
 * Checks everything and fills in defaults.
 * @throws {@link SessionConfigError} with every problem at once
 */
export function resolveRedisOptions(given: RedisSessionStoreOptions): ResolvedRedisOptions {
  const options: Readonly<Record<string, unknown>> = typeof given === 'object' && given !== null ? { ...given } : {};
  const { client, url, prefix = 'sess:', ids = 'hashed', scanCount = 100, commandTimeout = 800 } = options;
  const { serializer, clock = systemClock } = options;
  const problems: ConfigProblem[] = [];
  const refuse = (option: string, problem: string): void =>
    void problems.push({ path: `redisStore.${option}`, problem });

  checkNames(refuse, options, KNOWN, FROM_CONNECT_REDIS);
  checkConnection(refuse, 'redisStore', client, url);
  if (typeof prefix !== 'string') refuse('prefix', `is a ${typeof prefix}. Give a string, such as 'sess:'.`);
  if (prefix === '' && !(isRedisClient(client) && keyPrefixOf(client) !== '')) {
    refuse('prefix', "is empty, so clear() would delete every key of the database. Give a string, such as 'sess:'.");
  }
  if (ids !== 'hashed' && ids !== 'plain') refuse('ids', `is ${show(ids)}. Give 'hashed' or 'plain'.`);
  if (serializer !== undefined && !has(serializer, 'parse', 'stringify')) {
    refuse('serializer', 'lacks parse() or stringify(). Give an object with both, or leave it out for JSON.');
  }
  if (!isWhole(scanCount))
    refuse('scanCount', `is ${show(scanCount)}. Give a whole number of at least 1, such as 100.`);
  const nearCache = resolveNearCache(refuse, options['nearCache'], client);
  checkTimes(refuse, commandTimeout, clock);

  if (problems.length > 0) throw new SessionConfigError(problems);
  return {
    connection: client ?? url,
    prefix,
    ids,
    serializer,
    scanCount,
    nearCache,
    commandTimeout,
    clock,
  } as ResolvedRedisOptions;
}
