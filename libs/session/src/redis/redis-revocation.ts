import { randomText } from '../core/random-text.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import {
  decodeEntry,
  decodeRevokedBefore,
  encodeEntry,
  encodeRevokedBefore,
  raiseEntry,
  type RevocationEntry,
} from '../revocation/revocation-entry.js';
import type { RevocationRaise, RevocationState, SessionRevocation } from '../revocation/session-revocation.js';
import { userKey } from '../revocation/user-key.js';
import { createClient, endClient, reconnect, type RedisClient } from './redis-client.js';
import { RedisGuard } from './redis-guard.js';
import {
  resolveRedisRevocationOptions,
  type RedisRevocationOptions,
  type ResolvedRedisRevocationOptions,
} from './redis-revocation-options.js';
import { defineRevocationScripts, type RevocationScripts } from './revocation-scripts.js';

/** Milliseconds: longer than three commands can take. */
const CANARY_LIFETIME = 10_000;

/**
 * Remembers ended sessions in Redis, on one server, behind Sentinel, or on a Cluster, for every process that shares it:
 * one key for each ended session and each user whose sessions were revoked, which expires with the last seal.
 * A request costs one round trip. User ids are hashed.
 *
 * When Redis is away, calls reject with `SessionStoreError` at once, and work again as soon as it answers. Redis must
 * not evict (`maxmemory-policy noeviction`): a session whose key is gone is valid again.
 */
export class RedisRevocation implements SessionRevocation {
  /** What {@link RedisRevocationOptions.staleness} says, in milliseconds. */
  readonly staleness: number;
  private readonly options: ResolvedRedisRevocationOptions;
  private readonly redis: RedisClient & RevocationScripts;
  private readonly guard: RedisGuard;
  private readonly ownsClient: boolean;

  /** @throws `SessionConfigError` with every problem of the options at once */
  constructor(given: RedisRevocationOptions) {
    this.options = resolveRedisRevocationOptions(given);
    const { connection, commandTimeout, staleness } = this.options;
    this.staleness = staleness;
    this.ownsClient = typeof connection === 'string';
    const client = typeof connection === 'string' ? createClient(connection) : connection;
    this.redis = defineRevocationScripts(client);
    this.guard = new RedisGuard(client, commandTimeout);
  }

  async read(name: string, users: readonly string[]): Promise<RevocationState> {
    // Sent together, each to the master of its key: one round trip. MGET would not work in a Cluster.
    const [entry, ...times] = await Promise.all(
      [this.nameKey(name), ...users.map((user) => this.userKey(user))].map((key) =>
        this.run(key, () => this.redis.get(key)),
      ),
    );
    return {
      ...(entry != null && { entry: decodeEntry(entry) }),
      revokedBefore: times.map((time) => (time === null ? 0 : decodeRevokedBefore(time))),
    };
  }

  async raise(name: string, { until, ...raise }: RevocationRaise): Promise<RevocationEntry | undefined> {
    const token = randomText(9);
    const ttl = this.ttlUntil(until);
    const [, ...entry] = encodeEntry(raiseEntry(undefined, raise, this.options.clock.now())).split(' ');
    const was = await this.run(this.nameKey(name), (key) => this.redis.nestSessionRaise(key, ttl, token, ...entry));
    return was === null ? undefined : decodeEntry(was);
  }

  async revokeBefore(user: string, time: number, until: number): Promise<void> {
    const ttl = this.ttlUntil(until);
    const [, text = ''] = encodeRevokedBefore(time).split(' ');
    await this.run(this.userKey(user), (key) => this.redis.nestSessionRevokeBefore(key, ttl, text));
  }

  /**
   * Resolves if Redis answers and supports all that is needed: a canary is ended and read. Waits for the first
   * connection as long as the client's `connectTimeout`.
   */
  async ping(): Promise<void> {
    await this.guard.connected();
    await this.guard.run(undefined, () => this.redis.ping());
    const canary = `canary:${randomText(9)}`;
    const now = this.options.clock.now();
    const until = now + CANARY_LIFETIME;
    await this.revokeBefore(canary, now, until);
    await this.raise(canary, { least: Infinity, by: 'asked', over: 'revoked', until });
    const { entry, revokedBefore } = await this.read(canary, [canary]);
    if (entry?.over === undefined || revokedBefore[0] !== Math.ceil(now)) {
      throw new SessionStoreError(
        'Redis does not return at once what was written, so ended sessions would stay valid. Connect to the master.',
      );
    }
  }

  /** Uses the client again, and connects it if it was created from a URL. */
  async open(): Promise<void> {
    this.guard.open();
    if (this.ownsClient) reconnect(this.redis);
  }

  /** Ends the client if it was created from a URL, and stops using it otherwise. Every later call rejects. */
  async close(): Promise<void> {
    this.guard.close();
    if (this.ownsClient) await endClient(this.redis, this.options.commandTimeout);
  }

  private nameKey(name: string): string {
    return `${this.options.prefix}name:${name}`;
  }

  private userKey(user: string): string {
    return `${this.options.prefix}user:${userKey(user)}`;
  }

  private run<T>(key: string, command: (key: string) => Promise<T>): Promise<T> {
    return this.guard.run(key, () => command(key));
  }

  /** A TTL for the scripts. An invalid time is kept for ever, rather than forgotten. */
  private ttlUntil(until: number): number {
    const left = Math.ceil(until - this.options.clock.now());
    if (left <= 0) return 0;
    return left <= Number.MAX_SAFE_INTEGER ? left : -1;
  }
}

/**
 * Ended sessions, remembered in Redis.
 *
 * @example
 * sealedCookie({ password, revocation: redisRevocation({ url: 'redis://localhost:6379' }) })
 * @example
 * sealedCookie({ password, revocation: redisRevocation({ client: new Redis(...), staleness: '10s' }) })
 * @throws `SessionConfigError` with every problem of the options at once
 */
export const redisRevocation = (options: RedisRevocationOptions): RedisRevocation => new RedisRevocation(options);
