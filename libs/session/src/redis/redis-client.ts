import { randomInt } from 'node:crypto';
import { Redis, type Cluster, type RedisOptions } from 'ioredis';

/** A client of ioredis: one server (also one found by Sentinel), or a Cluster. */
export type RedisClient = Redis | Cluster;

export const isCluster = (client: RedisClient): client is Cluster => client.isCluster;

/**
 * Whether a value is a client of ioredis. By what it can do and not by its class, because an application may have
 * another copy of ioredis than this package.
 */
export const isRedisClient = (value: unknown): value is RedisClient =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Redis>).defineCommand === 'function' &&
  typeof (value as Partial<Redis>).on === 'function' &&
  typeof (value as Partial<Redis>).status === 'string' &&
  typeof (value as Partial<Redis>).isCluster === 'boolean';

/** What ioredis puts before the keys of commands, and neither before a SCAN pattern nor off the keys that SCAN returns. */
export const keyPrefixOf = (client: RedisClient): string => String(client.options.keyPrefix ?? '');

/** Every server that holds keys, each of which SCAN has to be asked on. */
export const mastersOf = (client: RedisClient): Redis[] => (isCluster(client) ? client.nodes('master') : [client]);

/** How long the client itself tries to connect before it gives an attempt up, in milliseconds. */
export function connectTimeoutOf(client: RedisClient): number {
  const options: RedisOptions | undefined = isCluster(client) ? client.options.redisOptions : client.options;
  return options?.connectTimeout ?? 10_000;
}

/** The client's own bound of a command in milliseconds; Infinity without one. */
export function commandTimeoutOf(client: RedisClient): number {
  const options: RedisOptions | undefined = isCluster(client) ? client.options.redisOptions : client.options;
  return options?.commandTimeout ?? Infinity;
}

/** How long a reconnect because of READONLY counts as tried, in milliseconds. */
const TRIED_FOR = 2000;
/** The replies to what was sent at once come within so many milliseconds. */
const AT_ONCE = 20;

/**
 * What to do when a server takes no writes: it was the master before a failover. The connection is made anew, and what
 * was refused is sent again (2). If that leads to a replica again, the error is told (false).
 */
function leaveReplica(): (error: Error) => 2 | false {
  let since = -Infinity;
  return (error) => {
    if (!error.message.includes('READONLY')) return false;
    const now = performance.now();
    if (now - since > TRIED_FOR) since = now;
    return now - since < AT_ONCE ? 2 : false;
  };
}

/**
 * The settings of a client that the store creates: reconnects are quick, and a master that became a replica is left at
 * once. The guard bounds every command, so the client need not.
 */
const clientSettings = () => ({
  connectTimeout: 2000,
  // A connection on which nothing comes back is given up; a partition leaves it open for a quarter of an hour otherwise.
  socketTimeout: 3000,
  maxRetriesPerRequest: 1,
  enableOfflineQueue: true,
  enableAutoPipelining: true,
  // Jitter, so that a fleet does not come back in one moment.
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** (attempt - 1), 500) + randomInt(100),
  reconnectOnError: leaveReplica(),
});

/** A client for this URL. It connects at once. */
export function createClient(url: string): Redis {
  const client = new Redis(url, clientSettings());
  // For errors after the store is closed: a client without a listener writes them to the console.
  client.on('error', () => {});
  return client;
}

/** Connects a client that was ended by {@link endClient}. */
export function reconnect(client: RedisClient): void {
  // What keeps it from connecting is told by its events.
  if (client.status === 'end') client.connect().catch(() => {});
}

/** Ends a client that the store created: what is under way is answered first, for as long as `patience` (ms). */
export async function endClient(client: RedisClient, patience: number): Promise<void> {
  const inTime = (work: Promise<unknown>): Promise<unknown> =>
    Promise.race([work.catch(() => {}), new Promise((resolve) => void setTimeout(resolve, patience).unref())]);
  if (client.status === 'ready') await inTime(client.quit());
  client.disconnect();
  // Only a client that has ended can be connected again.
  if (client.status !== 'end') await inTime(new Promise((resolve) => void client.once('end', resolve)));
}
