import type { SessionData } from 'express-session';
import type { Cluster, Redis } from 'ioredis';
import { systemClock, type Clock } from '../core/clock.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { isCluster, isRedisClient, keyPrefixOf, type RedisClient } from './redis-client.js';

/** Turns sessions into text and back. The one of connect-redis, so that both read the same records. */
export interface RedisSerializer {
  parse(text: string): SessionData | Promise<SessionData>;
  stringify(session: SessionData): string;
}

/** Options of {@link redisStore}: `client` or `url`, and what may differ from the defaults. */
export interface RedisSessionStoreOptions {
  /**
   * A client of ioredis: single, found by Sentinel, or a Cluster. It stays yours: the store never closes it. Its
   * `keyPrefix` is honoured.
   */
  client?: Redis | Cluster;
  /**
   * `redis://` or `rediss://`: the store creates a client with its own settings, and closes it when the application
   * closes.
   */
  url?: string;
  /**
   * What the key of every session begins with.
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
   * Milliseconds after which a command counts as failed, whatever the settings of the client are.
   * @default 800, so that an answer leaves within a second
   */
  commandTimeout?: number;
  /** @default the machine's clock */
  clock?: Clock;
}

/** The options with every default filled in. */
export interface ResolvedRedisOptions {
  readonly connection: RedisClient | string;
  readonly prefix: string;
  readonly ids: 'hashed' | 'plain';
  readonly serializer: RedisSerializer | undefined;
  readonly scanCount: number;
  readonly commandTimeout: number;
  readonly clock: Clock;
}

const KNOWN = ['client', 'url', 'prefix', 'ids', 'serializer', 'scanCount', 'commandTimeout', 'clock'];
const FROM_CONNECT_REDIS: Record<string, string> = {
  ttl: 'is not needed. How long a session lives is idleTimeout and absoluteTimeout of SessionModule. Remove it.',
  disableTTL: 'cannot be turned off: every key ends by itself. Remove it.',
  disableTouch: 'is not needed: deadlines are pushed on once in a while, not by every request. Remove it.',
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

  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) refuse(key, FROM_CONNECT_REDIS[key] ?? `no such option. Known: ${KNOWN.join(', ')}.`);
  }
  if (client === undefined && url === undefined) {
    refuse(
      'client',
      "is missing, and so is url. Give redisStore({ client: new Redis(...) }) with ioredis, or redisStore({ url: 'redis://...' }).",
    );
  }
  if (client !== undefined && url !== undefined) refuse('url', 'and client exclude each other. Remove one of them.');
  if (client !== undefined) checkClient(refuse, client);
  if (url !== undefined) checkUrl(refuse, url);
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
  if (!isWhole(commandTimeout)) {
    refuse('commandTimeout', `is ${show(commandTimeout)}. Give whole milliseconds, at least 1, such as 800.`);
  }
  if (!has(clock, 'now')) refuse('clock', 'lacks now(). Leave it out for the clock of the machine.');

  if (problems.length > 0) throw new SessionConfigError(problems);
  return {
    connection: client ?? url,
    prefix,
    ids,
    serializer,
    scanCount,
    commandTimeout,
    clock,
  } as ResolvedRedisOptions;
}

type Refuse = (option: string, problem: string) => void;

function checkClient(refuse: Refuse, client: unknown): void {
  if (!isRedisClient(client)) {
    const nodeRedis = has(client, 'sendCommand', 'connect')
      ? 'is a client of the package redis (node-redis), which'
      : 'is no client of ioredis:';
    refuse(
      'client',
      `${nodeRedis} cannot run the store's scripts. Give new Redis(...) or new Cluster(...) of ioredis, or use url.`,
    );
  } else if (isCluster(client) && client.options.scaleReads !== undefined && client.options.scaleReads !== 'master') {
    refuse(
      'client',
      "reads from replicas (scaleReads), which may not have heard of a login or logout yet. Give a client with scaleReads: 'master'.",
    );
  }
}

// A URL carries a password, so no message repeats it.
function checkUrl(refuse: Refuse, url: unknown): void {
  if (typeof url !== 'string' || !URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    refuse('url', 'is no URL that begins with redis:// or rediss://. Give one, such as redis://localhost:6379.');
  }
}

const has = (value: unknown, ...methods: string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));
