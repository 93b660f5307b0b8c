import { parseDuration, type Duration } from '../options/duration.js';
import { isCluster, isRedisClient } from './redis-client.js';
import { isWhole, show, type Refuse } from './redis-connection-options.js';

/** Limits of the near-cache of {@link redisStore}. */
export interface NearCacheOptions {
  /**
   * How many sessions a process keeps at most. The oldest are evicted. Independently of this, their texts
   * take no more than 64 million characters.
   * @default 10_000
   */
  maxEntries?: number;
  /**
   * After this time a session is read again, even without a known change. Milliseconds, or text such as
   * `'5s'`.
   * @default '5s'
   */
  maxAge?: Duration;
}

/** The options with every default filled in. */
export interface ResolvedNearCache {
  readonly maxEntries: number;
  /** Milliseconds. */
  readonly maxAge: number;
}

const KNOWN = ['maxEntries', 'maxAge'];

/** Checks `nearCache`. @returns undefined without a near-cache */
export function resolveNearCache(refuse: Refuse, given: unknown, client: unknown): ResolvedNearCache | undefined {
  if (given === undefined || given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    refuse('nearCache', `is ${show(given)}. Give true, or { maxEntries, maxAge }.`);
    return undefined;
  }
  if (isRedisClient(client) && isCluster(client)) {
    refuse(
      'nearCache',
      'does not work with a Cluster, where every master reports its own changes. Remove it, or give a client for one server or Sentinel.',
    );
  }
  const options: Readonly<Record<string, unknown>> = given === true ? {} : { ...given };
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) refuse(`nearCache.${key}`, `no such option. Known: ${KNOWN.join(', ')}.`);
  }
  const { maxEntries = 10_000, maxAge = 5000 } = options;
  if (!isWhole(maxEntries)) {
    refuse('nearCache.maxEntries', `is ${show(maxEntries)}. Give a whole number of at least 1, such as 10000.`);
  }
  const age = parseDuration(maxAge);
  if (age === undefined) {
    refuse('nearCache.maxAge', `is ${show(maxAge)}. Give milliseconds above 0, or text with a unit such as '5s'.`);
  }
  return { maxEntries: Number(maxEntries), maxAge: age ?? 0 };
}
