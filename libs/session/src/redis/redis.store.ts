import { isSession, type SessionRecord, type StoreRecord, type WritableRecord } from '../core/record.js';
import { sharedTurn } from '../core/shared-turn.js';
import type {
  ClosableStore,
  FreshStore,
  OpenableStore,
  PingableStore,
  RecordVersion,
  SaveResult,
  SessionStore,
  StoredRecord,
} from '../stores/session-store.js';
import type { IndexedStore } from '../stores/indexed-store.js';
import { StoreReports, type ReportingStore } from '../stores/store-reports.js';
import { ExpressRedisStore } from './express-redis.store.js';
import { recordCodec, revive, type RecordCodec } from './record-codec.js';
import { NearCache } from './near-cache.js';
import { NearCacheTracker, PROOF_LASTS } from './near-cache-tracker.js';
import { createClient, endClient, reconnect, isCluster, type RedisClient } from './redis-client.js';
import { RedisCommands, sha1 } from './redis-commands.js';
import { RedisGuard } from './redis-guard.js';
import { RedisIndex } from './redis-index.js';
import { resolveRedisOptions, type RedisSessionStoreOptions } from './redis-options.js';

/** How many characters a near-cache holds at most. */
const MAX_NEAR_TEXT = 64_000_000;

const PLAIN_IDS_MOVE =
  "With ids: 'plain' a rotation moves a session to another id and handle: a revocation, SessionRegistry.update() or a limit " +
  "of sessions that works in that moment can miss it. Leave out ids: 'plain' once express-session reads these records no more.";

/**
 * Sessions in Redis: one key per session, on one server, behind Sentinel, or on a Cluster. It is connect-redis'
 * `RedisStore` too, with the same records under the same keys, so express-session can use it as well.
 *
 * Writes are conditional and atomic: a session that was destroyed is never written again, and no change of
 * another request is overwritten. When Redis is away, calls reject with `SessionStoreError` at once, and work again as soon
 * as it answers.
 */
export class RedisSessionStore
  extends ExpressRedisStore
  implements SessionStore, FreshStore, PingableStore, OpenableStore, ClosableStore, ReportingStore, IndexedStore
{
  /** What {@link RedisSessionStoreOptions.ids} says. (`ids` itself is a method of connect-redis.) */
  readonly keys: 'hashed' | 'plain';
  /** What plain ids cannot guarantee. */
  readonly limitations: readonly string[];
  /** Finds sessions by their user and by declared values. */
  readonly index: RedisIndex;
  /** How long (ms) a session may be read in its old state after another process changed it: 0 without a near-cache. */
  readonly staleness: number;
  private readonly codec: RecordCodec;
  private readonly redis: RedisClient;
  private readonly guard: RedisGuard;
  private readonly ownsClient: boolean;
  private readonly near: NearCache | undefined;
  private readonly tracker: NearCacheTracker | undefined;
  private readonly reports = new StoreReports();

  /** @throws `SessionConfigError` with every problem of the options at once */
  constructor(given: RedisSessionStoreOptions) {
    const options = resolveRedisOptions(given);
    const { connection, commandTimeout, prefix, scanCount, nearCache } = options;
    const redis = typeof connection === 'string' ? createClient(connection) : connection;
    const guard = new RedisGuard(redis, commandTimeout);
    const index = new RedisIndex(redis, guard, prefix, options.clock);
    const near = nearCache && new NearCache({ ...nearCache, maxText: MAX_NEAR_TEXT, proofLasts: PROOF_LASTS });
    super(redis, new RedisCommands(redis, guard, prefix, scanCount, index, near), options);
    this.keys = options.ids;
    this.limitations = Object.freeze(this.keys === 'plain' ? [PLAIN_IDS_MOVE] : []);
    this.index = index;
    this.codec = recordCodec(options.serializer);
    this.redis = redis;
    this.guard = guard;
    this.ownsClient = typeof connection === 'string';
    this.near = near;
    this.tracker = near && !isCluster(redis) ? new NearCacheTracker(redis, prefix, near) : undefined;
    this.staleness = nearCache ? Math.min(nearCache.maxAge, PROOF_LASTS) : 0;
  }

  read(key: string): Promise<StoredRecord | undefined> {
    const text = this.near?.get(key);
    if (text === undefined) return this.askFor(key);
    const turn = sharedTurn.take();
    return turn ? turn.then(() => this.readNow(key)) : Promise.resolve(this.stored(key, text));
  }

  readFresh(key: string): Promise<StoredRecord | undefined> {
    return this.found(key, this.commands.get(key));
  }

  async create(key: string, record: WritableRecord): Promise<RecordVersion | undefined> {
    const text = this.codec.encode(record);
    return (await this.commands.create(key, text, this.ttlOf(record))) ? sha1(text) : undefined;
  }

  save(key: string, record: WritableRecord, version: RecordVersion): Promise<SaveResult> {
    return this.replace(key, record, version, true);
  }

  async renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined> {
    const result = await this.replace(key, record, version, false);
    if (result.status === 'missing') return undefined;
    return result.status === 'saved' ? result.version : result.current.version;
  }

  async delete(key: string): Promise<StoredRecord | undefined> {
    const removed = await this.commands.remove(key);
    return removed && this.stored(key, removed.text, removed.ttl);
  }

  /**
   * Resolves if Redis answers and supports all that the store needs: a canary record is written, changed and deleted.
   * Waits for the first connection as long as the client's `connectTimeout`, and for the near-cache's first one.
   */
  async ping(): Promise<void> {
    await this.commands.check();
    await this.tracker?.proven();
  }

  /** Reports records that cannot be decoded. Redis does not report expired ones. */
  onReport(...args: Parameters<ReportingStore['onReport']>): () => void {
    return this.reports.onReport(...args);
  }

  /** Uses the client again, and connects it if the store created it. */
  async open(): Promise<void> {
    this.guard.open();
    this.tracker?.open();
    if (this.ownsClient) reconnect(this.redis);
  }

  /** Ends the client if the store created it, and stops using it otherwise. */
  async close(): Promise<void> {
    this.guard.close();
    this.tracker?.close();
    if (this.ownsClient) await endClient(this.redis, this.options.commandTimeout);
  }

  /** @param counts false for a renewal, which no request waits for: it opens no circuit */
  private async replace(
    key: string,
    record: WritableRecord,
    version: RecordVersion,
    counts: boolean,
  ): Promise<SaveResult> {
    const text = this.codec.encode(record);
    const replaced = await this.commands.replace(key, version, text, this.ttlOf(record), counts);
    if (replaced === 'written') return { status: 'saved', version: sha1(text) };
    const current = replaced === 'missing' ? undefined : await this.stored(key, replaced.text, replaced.ttl);
    return current ? { status: 'changed', current } : { status: 'missing' };
  }

  /** The cached record, after a turn in which requests that arrived together continue together. */
  private readNow(key: string): StoredRecord | undefined | Promise<StoredRecord | undefined> {
    const text = this.near?.get(key);
    return text === undefined ? this.askFor(key) : this.stored(key, text);
  }

  private askFor(key: string): Promise<StoredRecord | undefined> {
    return this.found(key, this.near ? this.near.load(key, () => this.commands.get(key)) : this.commands.get(key));
  }

  // On the path of every request, so it awaits nothing but the answer.
  private found(key: string, asked: Promise<string | null>): Promise<StoredRecord | undefined> {
    return asked.then((text) => (text === null ? undefined : this.stored(key, text)));
  }

  /** Decodes a session. One that cannot be decoded would fail every request, so it is deleted. */
  private stored(
    key: string,
    text: string,
    ttl?: number,
  ): StoredRecord | undefined | Promise<StoredRecord | undefined> {
    const now = this.options.clock.now();
    const record = this.codec.decode(text, now);
    const usual = record !== undefined && 'expiresAt' in record && (this.keys === 'hashed' || record.expiresAt > now);
    return usual ? storedRecord(record, text) : this.unusual(key, text, record, ttl);
  }

  private async unusual(
    key: string,
    text: string,
    decoding: StoreRecord | undefined | Promise<StoreRecord | undefined>,
    ttl: number | undefined,
  ): Promise<StoredRecord | undefined> {
    const now = this.options.clock.now();
    const record = await decoding;
    if (!record) {
      // If several processes find it, only the one that deletes it reports it.
      if (await this.commands.discard(key, text)) this.reports.tell({ found: 'corrupt', key });
      return undefined;
    }
    const revived = this.keys === 'plain' && isSession(record) && record.expiresAt <= now;
    return storedRecord(revived ? revive(record, ttl ?? (await this.commands.ttl(key)), now) : record, text);
  }

  private ttlOf(record: WritableRecord): number {
    return record.expiresAt - this.options.clock.now();
  }
}

/** Most sessions are only read, so the hash that is the version is computed only when a write needs it. */
function storedRecord(record: StoreRecord, text: string): StoredRecord {
  let version: RecordVersion | undefined;
  return {
    record,
    get version() {
      return (version ??= sha1(text));
    },
  };
}

/**
 * Sessions in Redis.
 *
 * @example
 * SessionModule.forRoot({ store: redisStore({ url: 'redis://localhost:6379' }) })
 * @example
 * SessionModule.forRoot({ store: redisStore({ client: new Redis({ sentinels, name: 'main' }) }) })
 * @example
 * SessionModule.forRoot({ store: redisStore({ url: 'redis://localhost:6379', nearCache: { maxAge: '2s' } }) })
 * @throws `SessionConfigError` with every problem of the options at once
 */
export const redisStore = (options: RedisSessionStoreOptions): RedisSessionStore => new RedisSessionStore(options);
