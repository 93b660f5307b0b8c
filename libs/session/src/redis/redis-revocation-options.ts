import { systemClock, type Clock } from '../core/clock.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import type { Duration } from '../options/duration.js';
import { parseStaleness, STALENESS_PROBLEM } from '../revocation/staleness.js';
import type { RedisClient } from './redis-client.js';
import { checkConnection, checkNames, checkTimes, type RedisConnectionOptions } from './redis-connection-options.js';

/** Options of {@link redisRevocation}: `client` or `url`, and what may differ from the defaults. */
export interface RedisRevocationOptions extends RedisConnectionOptions {
  /**
   * The prefix of every key. If a store keeps sessions in the same database, it has to differ from the store's: `clear()`
   * and `all()` of a store delete other keys under its prefix, and ended sessions would be valid again.
   * @default 'seal:', unlike the `sess:` of redisStore()
   */
  prefix?: string;
  /**
   * How long the answer about a session may be reused, in milliseconds or such as `'10s'`: then most requests need no
   * command, and a session that another process ended stays valid that much longer.
   * @default 0: every request asks
   */
  staleness?: Duration;
}

/** The options with every default filled in. */
export interface ResolvedRedisRevocationOptions {
  readonly connection: RedisClient | string;
  readonly prefix: string;
  /** Milliseconds. */
  readonly staleness: number;
  readonly commandTimeout: number;
  readonly clock: Clock;
}

const KNOWN = ['client', 'url', 'prefix', 'staleness', 'commandTimeout', 'clock'];

/**
 * Checks everything and fills in defaults.
 * @throws `SessionConfigError` with every problem at once
 */
export function resolveRedisRevocationOptions(given: RedisRevocationOptions): ResolvedRedisRevocationOptions {
  const options: Readonly<Record<string, unknown>> = typeof given === 'object' && given !== null ? { ...given } : {};
  const { client, url, prefix = 'seal:', commandTimeout = 800, clock = systemClock } = options;
  const staleness = parseStaleness(options['staleness'] ?? 0);
  const problems: ConfigProblem[] = [];
  const refuse = (option: string, problem: string): void =>
    void problems.push({ path: `redisRevocation.${option}`, problem });

  checkNames(refuse, options, KNOWN);
  checkConnection(refuse, 'redisRevocation', client, url);
  if (typeof prefix !== 'string') refuse('prefix', `is a ${typeof prefix}. Give a string, such as 'seal:'.`);
  if (staleness === undefined) refuse('staleness', STALENESS_PROBLEM);
  checkTimes(refuse, commandTimeout, clock);

  if (problems.length > 0) throw new SessionConfigError(problems, 'redisRevocation()');
  return { connection: client ?? url, prefix, staleness, commandTimeout, clock } as ResolvedRedisRevocationOptions;
}
