import { systemClock, type Clock } from '../core/clock.js';
import { KeyedQueue } from '../core/keyed-queue.js';
import { isSession, META_KEY, type SessionRecord, type WritableRecord } from '../core/record.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { checkConnectStore, connectLimitations, type ConnectStoreOptions } from './connect-options.js';
import { fromForeign, toForeign, touched, versionOf, type ForeignRecord } from './connect-session.js';
import { canTouch, followConnection, nameOf, type ConnectStyleStore } from './connect-style-store.js';
import { callForeign, type ForeignCallback, type ForeignOperation } from './foreign-call.js';
import { RecentTouches } from './recent-touches.js';
import type { RecordVersion, SaveResult, SessionStore, StoredRecord } from './session-store.js';
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
  implements SessionStore, ReportingStore
{
  readonly keys: 'hashed' | 'plain';
  /**
   * True for a store with a working `touch`. It forgets idle sessions by itself, and what it gives back may carry the
   * times of the last save: connect-redis moves a TTL and leaves the text alone. For renewals to be throttled all the
   * same, the adapter remembers its last 10,000 touches and reports the later time.
   */
  readonly keepsIdleDeadline: boolean;
  /** In plain words, what this store cannot give. For the log, once at start. */
  readonly limitations: readonly string[];

  private readonly name: string;
  private readonly timeout: number;
  private readonly clock: Clock;
  private readonly lanes = new KeyedQueue<never>();
  private readonly touches = new RecentTouches(REMEMBERED_TOUCHES);
  private readonly reports = new StoreReports();
  private connected = true;

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
    this.timeout = options.timeout ?? 5_000;
    this.clock = options.clock ?? systemClock;
    this.name = nameOf(wrapped);
    this.keepsIdleDeadline = canTouch(wrapped);
    this.limitations = connectLimitations(this.name, this.keepsIdleDeadline, this.keys);
    followConnection(wrapped, (connected) => (this.connected = connected));
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
        return this.write(key, isSession(current.record) ? { ...record, data: current.record.data } : record);
      }
      const session = touched(current.flat, record);
      await this.call('touch', (done) => this.wrapped.touch?.(key, session, done));
      this.touches.note(key, record);
      return version;
    });
  }

  delete(key: string): Promise<StoredRecord | undefined> {
    return this.lanes.run(key, async () => {
      const current = stored(await this.findLive(key));
      await this.call('destroy', (done) => this.wrapped.destroy(key, done));
      this.touches.forget(key);
      return current;
    });
  }

  /** Reports what cannot be decoded, each time that it is read. What expires, the store forgets in silence. */
  onReport(...args: Parameters<ReportingStore['onReport']>): () => void {
    return this.reports.onReport(...args);
  }

  private async find(key: string): Promise<ForeignRecord | undefined> {
    const given = await this.call('get', (done) => this.wrapped.get(key, done));
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

  private async write(key: string, record: WritableRecord): Promise<RecordVersion> {
    const session = toForeign(record);
    this.touches.forget(key);
    // A store may keep what it gets for as long as it likes: what is over already does not get there.
    if (record.expiresAt > this.clock.now()) await this.call('set', (done) => this.wrapped.set(key, session, done));
    else await this.call('destroy', (done) => this.wrapped.destroy(key, done));
    return versionOf(session);
  }

  private async call(
    operation: ForeignOperation['operation'],
    call: (callback: ForeignCallback) => unknown,
  ): Promise<unknown> {
    if (!this.connected) throw new SessionStoreError(`The session store ${this.name} is disconnected.`);
    return callForeign({ store: this.name, operation, timeout: this.timeout }, call);
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
