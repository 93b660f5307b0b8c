import { systemClock, type Clock } from '../core/clock.js';
import { KeyedQueue } from '../core/keyed-queue.js';
import { isSession, META_KEY, type SessionRecord, type WritableRecord } from '../core/record.js';
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
    // Of records that it shares, express-session keeps the deadline in the store alone.
    this.trusted = this.keys === 'plain' && this.store.touches;
  }

  /**
   * True for a store that has shown that it forgets idle sessions by itself. Deadlines are then pushed on by its `touch`,
   * and what it gives back may carry the times of the last save: connect-redis moves a TTL and leaves the text alone. For
   * renewals to be throttled all the same, the adapter remembers its last 10,000 touches and reports the later time.
   * Otherwise the deadline is a part of the record, and checked here.
   */
  get keepsIdleDeadline(): boolean {
    return this.trusted;
  }

  /** In plain words, what this store cannot give. For the log, once at start. */
  get limitations(): readonly string[] {
    return connectLimitations(this.store.name, this.trusted, this.keys);
  }

  /**
   * Resolves if the store gives back what it is given, under the longest key that there is. Finds out whether it
   * forgets what is over.
   * @throws `SessionStoreError` that says what is wrong with it
   */
  async ping(): Promise<void> {
    const { keepsDeadlines } = await tryOut(this.store, this.keys, Date.now());
    this.trusted = keepsDeadlines;
  }

  /** Listens to the store again. */
  async open(): Promise<void> {
    this.store.follow();
  }

  /** Lets go of the store, and closes nothing. */
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
      // Without our fields a session is as old as its last read, for ever: what express-session wrote gets them now.
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

  /** Reports what cannot be decoded, each time that it is read. What expires, the store forgets in silence. */
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

  /** Without what is over, in a store that may keep that. One with a touch knows deadlines that the record does not. */
  private async findLive(key: string): Promise<ForeignRecord | undefined> {
    const found = await this.find(key);
    return found && (this.keepsIdleDeadline || found.record.expiresAt > this.clock.now()) ? found : undefined;
  }

  /** @param counts false for a renewal, for which nobody waits: it opens no circuit */
  private async write(key: string, record: WritableRecord, counts = true): Promise<RecordVersion> {
    const session = toForeign(record);
    this.touches.forget(key);
    // A store may keep what it gets for as long as it likes: what is over already does not get there.
    if (record.expiresAt > this.clock.now()) await this.store.set(key, session, counts);
    else await this.store.destroy(key);
    return versionOf(session);
  }
}

const stored = (found: ForeignRecord | undefined): StoredRecord | undefined =>
  found && { record: found.record, version: found.version };

/**
 * Adapts a store of express-session, whatever it stands on: callbacks, synchronous or asynchronous, with or without
 * `touch`. It holds the store and closes nothing.
 *
 * @example
 * SessionModule.forRoot({ store: connectStore(new RedisStore({ client })) })
 */
export const connectStore = <Store extends ConnectStyleStore>(
  store: Store,
  options?: ConnectStoreOptions,
): ConnectSessionStore<Store> => new ConnectSessionStore(store, options);
