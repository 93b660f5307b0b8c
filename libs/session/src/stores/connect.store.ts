import { systemClock, type Clock } from '../core/clock.js';
import { KeyedQueue } from '../core/keyed-queue.js';
import { isSession, type SessionRecord, type WritableRecord } from '../core/record.js';
import { META_KEY } from '../core/session-data.js';
import { tryOut } from './connect-canary.js';
import { checkConnectStore, connectLimitations, type ConnectStoreOptions } from './connect-options.js';
import { fromForeign, toForeign, touched, versionOf, type ForeignRecord } from './connect-session.js';
import type { ConnectStyleStore } from './connect-style-store.js';
import { ForeignStore } from './foreign-store.js';
import { RecentTouches } from './recent-touches.js';
import type {
  ClosableStore,
  OpenableStore,
  PingableStore,
  RecordVersion,
  SaveResult,
  SessionStore,
  StoredRecord,
} from './session-store.js';
import { StoreReports, type ReportingStore } from './store-reports.js';

export type { ConnectStoreOptions } from './connect-options.js';
export type { ConnectStyleStore } from './connect-style-store.js';

const REMEMBERED_TOUCHES = 10_000;

/**
 * Any store of express-session behind the port. Such a store knows `get` and an unconditional `set`, so a write here
 * is a read, a comparison and a write, one after the other for each session: atomic within this adapter, and not
 * across processes (see {@link limitations}). What cannot be decoded counts as missing and is left to the store.
 */
export class ConnectSessionStore<Store extends ConnectStyleStore = ConnectStyleStore>
  implements SessionStore, PingableStore, OpenableStore, ClosableStore, ReportingStore
{
  readonly keys: 'hashed' | 'plain';
  private readonly store: ForeignStore;
  private readonly clock: Clock;
  private readonly lanes = new KeyedQueue<never>();
  private readonly touches = new RecentTouches(REMEMBERED_TOUCHES);
  private readonly reports = new StoreReports();
  private trusted: boolean;

  /**
   * @param wrapped the store as its own package makes it
   * @throws `SessionConfigError` if that is no store of express-session, or an option is wrong
   */
  constructor(
    readonly wrapped: Store,
    options: ConnectStoreOptions = {},
  ) {
    checkConnectStore(wrapped, options);
    this.keys = options.ids ?? 'hashed';
    this.clock = options.clock ?? systemClock;
    this.store = new ForeignStore(wrapped, options.timeout ?? 5_000);
    // For records that are shared with express-session, only the store knows the deadline.
    this.trusted = this.keys === 'plain' && this.store.touches;
  }

  /**
   * True for a store that has shown that it deletes idle sessions. Its `touch` then renews them, and what it returns may
   * have the times of the last save: connect-redis changes the TTL and not the text. To throttle renewals all the same, the
   * adapter remembers its last 10,000 touches and reports the later time. Otherwise the deadline is in the record, and is
   * checked here.
   */
  get keepsIdleDeadline(): boolean {
    return this.trusted;
  }

  /** What this store cannot guarantee, in plain words. Logged once at start. */
  get limitations(): readonly string[] {
    return connectLimitations(this.store.name, this.trusted, this.keys);
  }

  /**
   * Resolves if the store returns what was written, under a key of the maximum length. Finds out whether it deletes
   * expired sessions.
   * @throws `SessionStoreError` that says what is wrong
   */
  async ping(): Promise<void> {
    const { keepsDeadlines } = await tryOut(this.store, this.keys, Date.now());
    this.trusted = keepsDeadlines;
  }

  /** Listens to the store again. */
  async open(): Promise<void> {
    this.store.follow();
  }

  /** Stops listening. The store itself is not closed. */
  async close(): Promise<void> {
    this.store.leave();
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    return stored(await this.find(key));
  }

  create(key: string, record: WritableRecord): Promise<RecordVersion | undefined> {
    return this.lanes.run(key, async () => ((await this.findLive(key)) ? undefined : this.write(key, record)));
  }

  save(key: string, record: WritableRecord, version: RecordVersion): Promise<SaveResult> {
    return this.lanes.run(key, async () => {
      const current = stored(await this.findLive(key));
      if (!current) return { status: 'missing' };
      if (current.version !== version) return { status: 'changed', current };
      return { status: 'saved', version: await this.write(key, record) };
    });
  }

  renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined> {
    return this.lanes.run(key, async () => {
      const current = await this.findLive(key);
      if (current?.version !== version) return current?.version;
      // A session of express-session has no times of its own, so it would look as old as its last read for ever.
      if (!this.keepsIdleDeadline || !(META_KEY in current.flat)) {
        return this.write(key, isSession(current.record) ? { ...record, data: current.record.data } : record, false);
      }
      const session = touched(current.flat, record);
      await this.store.touch(key, session);
      this.touches.note(key, record);
      return version;
    });
  }

  delete(key: string): Promise<StoredRecord | undefined> {
    return this.lanes.run(key, async () => {
      const current = stored(await this.findLive(key));
      await this.store.destroy(key);
      this.touches.forget(key);
      return current;
    });
  }

  /** Reports records that cannot be decoded, at each read. Expired ones are not reported: the store deletes them. */
  onReport(...args: Parameters<ReportingStore['onReport']>): () => void {
    return this.reports.onReport(...args);
  }

  private async find(key: string): Promise<ForeignRecord | undefined> {
    const given = await this.store.get(key);
    const found = fromForeign(given, this.clock.now());
    if (!found && given !== undefined && given !== null) this.reports.tell({ found: 'corrupt', key });
    return (
      found && { ...found, record: isSession(found.record) ? this.touches.apply(key, found.record) : found.record }
    );
  }

  /** Only live records, where the store keeps expired ones. A store with a touch knows deadlines that the record lacks. */
  private async findLive(key: string): Promise<ForeignRecord | undefined> {
    const found = await this.find(key);
    return found && (this.keepsIdleDeadline || found.record.expiresAt > this.clock.now()) ? found : undefined;
  }

  /** @param counts false for a renewal, which no request waits for: it opens no circuit */
  private async write(key: string, record: WritableRecord, counts = true): Promise<RecordVersion> {
    const session = toForeign(record);
    this.touches.forget(key);
    // The store may keep what it gets for any time, so an expired record is not written.
    if (record.expiresAt > this.clock.now()) await this.store.set(key, session, counts);
    else await this.store.destroy(key);
    return versionOf(session);
  }
}

const stored = (found: ForeignRecord | undefined): StoredRecord | undefined =>
  found && { record: found.record, version: found.version };

/**
 * Adapts a store for express-session: with callbacks, synchronous or asynchronous, with or without `touch`. The adapter
 * does not close the store.
 *
 * @example
 * SessionModule.forRoot({ store: connectStore(new RedisStore({ client })) })
 */
export const connectStore = <Store extends ConnectStyleStore>(
  store: Store,
  options?: ConnectStoreOptions,
): ConnectSessionStore<Store> => new ConnectSessionStore(store, options);
