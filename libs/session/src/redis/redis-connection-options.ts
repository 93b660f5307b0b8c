import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../core/clock.js';
import { MAX_TIMER } from '../options/duration.js';
import { isCluster, isRedisClient } from './redis-client.js';

/** Where Redis is, and timeouts: options of every factory of this entry point. */
export interface RedisConnectionOptions {
  /**
   * A client of ioredis: single, found by Sentinel, or a Cluster. The store never closes it. Its
   * `keyPrefix` is honoured.
   */
  client?: Redis | Cluster;
  /**
   * `redis://` or `rediss://`: the store creates a client with its own settings, and closes it when the application
   * closes.
   */
  url?: string;
  /**
   * Milliseconds after which a command counts as failed, whatever the settings of the client are.
   * @default 800, so that an answer leaves within a second
   */
  commandTimeout?: number;
  /** @default the machine's clock */
  clock?: Clock;
}

/** Reports a problem of one option, and its fix. */
export type Refuse = (option: string, problem: string) => void;

/** Refuses every option that is not among `known`. `hints` explains some of them. */
export function checkNames(
  refuse: Refuse,
  options: object,
  known: readonly string[],
  hints: Readonly<Record<string, string>> = {},
): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) refuse(key, hints[key] ?? `no such option. Known: ${known.join(', ')}.`);
  }
}

/** Checks `client` and `url`, one of which there must be. `factory` is the function that was given them. */
export function checkConnection(refuse: Refuse, factory: string, client: unknown, url: unknown): void {
  if (client === undefined && url === undefined) {
    refuse(
      'client',
      `is missing, and so is url. Give ${factory}({ client: new Redis(...) }) with ioredis, or ${factory}({ url: 'redis://...' }).`,
    );
  }
  if (client !== undefined && url !== undefined) refuse('url', 'and client exclude each other. Remove one of them.');
  if (client !== undefined) checkClient(refuse, client);
  if (url !== undefined) checkUrl(refuse, url);
}

/** Checks `commandTimeout` and `clock`, with their defaults filled in. */
export function checkTimes(refuse: Refuse, commandTimeout: unknown, clock: unknown): void {
  if (!isWhole(commandTimeout) || Number(commandTimeout) > MAX_TIMER) {
    refuse(
      'commandTimeout',
      `is ${show(commandTimeout)}. Give whole milliseconds from 1 to ${MAX_TIMER}, such as 800.`,
    );
  }
  if (!has(clock, 'now')) refuse('clock', 'lacks now(). Leave it out for the clock of the machine.');
}

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
      "reads from replicas (scaleReads), which may not have received a login or logout yet. Give a client with scaleReads: 'master'.",
    );
  }
}

// A URL carries a password, so no message repeats it.
function checkUrl(refuse: Refuse, url: unknown): void {
  if (typeof url !== 'string' || !URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    refuse('url', 'is no URL that begins with redis:// or rediss://. Give one, such as redis://localhost:6379.');
  }
}

/** Whether a value has these methods. */
export const has = (value: unknown, ...methods: string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

/** Whether a value is a whole number of at least 1. */
export const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

/** A value as a message shows it. */
export const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));
