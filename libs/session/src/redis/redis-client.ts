import { randomInt } from 'node:crypto';
import { Redis, type Cluster, type RedisOptions } from 'ioredis';
import { MAX_TIMER } from '../options/duration.js';

/** A client of ioredis: one server (also one found by Sentinel), or a Cluster. */
export type RedisClient = Redis | Cluster;

export const isCluster = (client: RedisClient): client is Cluster => client.isCluster;

/**
 * Whether a value is a client of ioredis. Checked by its methods, not its class: an application may have another copy of
 * ioredis than this package.
 */
export const isRedisClient = (value: unknown): value is RedisClient =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Redis>).defineCommand === 'function' &&
  typeof (value as Partial<Redis>).on === 'function' &&
  typeof (value as Partial<Redis>).status === 'string' &&
  typeof (value as Partial<Redis>).isCluster === 'boolean';

/** The prefix that ioredis adds to keys. It neither adds it to SCAN patterns nor removes it from the keys of SCAN. */
export const keyPrefixOf = (client: RedisClient): string => String(client.options.keyPrefix ?? '');

/** Every server that holds keys. SCAN has to run on each. */
export const mastersOf = (client: RedisClient): Redis[] => (isCluster(client) ? client.nodes('master') : [client]);

/** How long the client itself tries to connect before it gives an attempt up, in milliseconds; bounded, as it becomes a timer. */
export function connectTimeoutOf(client: RedisClient): number {
  const options: RedisOptions | undefined = isCluster(client) ? client.options.redisOptions : client.options;
  return Math.min(options?.connectTimeout ?? 10_000, MAX_TIMER);
}

/** The client's own bound of a command in milliseconds; Infinity without one. */
export function commandTimeoutOf(client: RedisClient): number {
  const options: RedisOptions | undefined = isCluster(client) ? client.options.redisOptions : client.options;
  return options?.commandTimeout ?? Infinity;
}

/** How long (ms) no second reconnect is tried after a READONLY error, */
const RECONNECT_PAUSE = 2000;
/** unless the error comes within this time (ms): then it belongs to a command that was sent together with the first. */
const SAME_BATCH = 20;

/**
 * Handles a server that refuses writes, because it was the master before a failover: reconnects and sends the command again
 * (2). If that leads to a replica again, the error is passed on (false).
 */
function leaveReplica(): (error: Error) => 2 | false {
  let since = -Infinity;
  return (error) => {
    if (!error.message.includes('READONLY')) return false;
    const now = performance.now();
    if (now - since > RECONNECT_PAUSE) since = now;
    return now - since < SAME_BATCH ? 2 : false;
  };
}

/**
 * The settings of a client that the store creates: quick reconnects, and an immediate one when a master became a replica.
 * The guard has a timeout for every command, so the client needs none.
 */
const clientSettings = () => ({
  connectTimeout: 2000,
  // A connection without answers is given up. Otherwise a partition would keep it open for a quarter of an hour.
  socketTimeout: 3000,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: true,
  enableAutoPipelining: true,
  // Jitter, so that many processes do not reconnect at the same moment.
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** (attempt - 1), 500) + randomInt(100),
  reconnectOnError: leaveReplica(),
});

/** A client for this URL. It connects at once. */
export function createClient(url: string): Redis {
  const client = new Redis(url, clientSettings());
  // For errors after the store was closed: a client without a listener writes them to the console.
  client.on('error', () => {});
  return client;
}

/** Connects a client that was ended by {@link endClient}. */
export function reconnect(client: RedisClient): void {
  // Errors are reported by its events.
  if (client.status === 'end') client.connect().catch(() => {});
}

/** Ends a client that the store created, after waiting for pending answers for at most `patience` (ms). */
export async function endClient(client: RedisClient, patience: number): Promise<void> {
  const inTime = (work: Promise<unknown>): Promise<unknown> =>
    Promise.race([work.catch(() => {}), new Promise((resolve) => void setTimeout(resolve, patience).unref())]);
  if (client.status === 'ready') await inTime(client.quit());
  client.disconnect();
  // Only a client that has ended can be connected again.
  if (client.status !== 'end') await inTime(new Promise((resolve) => void client.once('end', resolve)));
}
