import cluster from 'node:cluster';
import { systemClock, type Clock } from '../core/clock.js';
import { isSession, type SessionRecord, type WritableRecord } from '../core/record.js';
import { decodeRecord, encodeRecord } from '../core/record-format.js';
import { sharedTurn } from '../core/shared-turn.js';
import { userIdOf } from '../core/user-id.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import type { IndexedStore } from './indexed-store.js';
import { MemoryIndex } from './memory-index.js';
import type { ClosableStore, RecordVersion, SaveResult, SessionStore, StoredRecord } from './session-store.js';
import { StoreReports, type ReportingStore } from './store-reports.js';
import { WrittenOrder } from './written-order.js';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many sessions are kept at most. A further one evicts the anonymous session that was written longest ago; where
   * there is none, the oldest with a user. The event `evicted` tells, with the reason `'store-full'`.
   * @default 100_000
   */
  maxSessions?: number;
  /**
   * Lets an application with `NODE_ENV=production` start. Sessions are lost at every restart, and each process has
   * its own.
   * @default false
   */
  allowInProduction?: boolean;
  /** @default the machine's clock */
  clock?: Clock;
}

interface Entry {
  /** The same string as in the index: each request makes a new, equal one. */
  readonly key: string;
  readonly text: string;
  readonly expiresAt: number;
}

const SWEEP_INTERVAL = 60_000;

const IN_A_WORKER =
  'This process is a worker of a cluster, and memoryStore() shares no sessions between processes: a user who signed in at ' +
  'one worker is signed out at the others. Use sqliteStore() on one machine, redisStore() on several, or a single process.';

/**
 * Sessions in the memory of this process: for development and tests, or a single process that may lose them.
 * Bounded by {@link MemoryStoreOptions.maxSessions}; what has expired is swept once a minute.
 */
export class MemorySessionStore implements SessionStore, ClosableStore, ReportingStore, IndexedStore {
  readonly allowInProduction: boolean;
  /** What has to be known at the start: that it runs in one of several processes. */
  readonly limitations: readonly string[] = cluster.isWorker ? [IN_A_WORKER] : [];
  /** Finds sessions by their user and more. */
  readonly index: MemoryIndex;
  // Clients without a login make as many of these as they like, so they are evicted first.
  private readonly anonymous = new WrittenOrder<Entry>();
  /** Sessions of users, and the tombstones and locks that protect them. */
  private readonly others = new WrittenOrder<Entry>();
  // Reported once between two sweeps: a flood of anonymous sessions must not become a flood of events.
  private toldAnonymous = false;
  private readonly maxSessions: number;
  private readonly reports = new StoreReports();
  private readonly clock: Clock;
  private readonly sweeper: NodeJS.Timeout;

  /** @throws `SessionConfigError` if `maxSessions` is no positive integer */
  constructor(options: MemoryStoreOptions = {}) {
    this.maxSessions = options.maxSessions ?? 100_000;
    if (!Number.isSafeInteger(this.maxSessions) || this.maxSessions < 1) {
      throw new SessionConfigError([
        { path: 'memoryStore.maxSessions', problem: 'must be a positive integer. Leave it out for 100000.' },
      ]);
    }
    this.allowInProduction = options.allowInProduction ?? false;
    this.clock = options.clock ?? systemClock;
    this.index = new MemoryIndex(this.clock);
    const self = new WeakRef(this);
    this.sweeper = setInterval(() => self.deref()?.sweep(), SWEEP_INTERVAL).unref();
    abandoned.register(this, this.sweeper);
  }

  /** How many sessions are kept, including expired ones until the next sweep. */
  get size(): number {
    return this.anonymous.size + this.others.size;
  }

  read(key: string): Promise<StoredRecord | undefined> {
    const turn = sharedTurn.take();
    return turn ? turn.then(() => this.stored(key)) : Promise.resolve(this.stored(key));
  }

  create(key: string, record: WritableRecord): Promise<RecordVersion | undefined> {
    if (this.live(key)) return Promise.resolve(undefined);
    return Promise.resolve(this.write(key, record));
  }

  save(key: string, record: WritableRecord, version: RecordVersion): Promise<SaveResult> {
    if (this.live(key)?.text === version) return Promise.resolve({ status: 'saved', version: this.write(key, record) });
    const current = this.stored(key);
    return Promise.resolve(current ? { status: 'changed', current } : { status: 'missing' });
  }

  renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined> {
    const current = this.live(key)?.text;
    return Promise.resolve(current === version ? this.write(key, record) : current);
  }

  delete(key: string): Promise<StoredRecord | undefined> {
    const current = this.stored(key);
    this.remove(key);
    return Promise.resolve(current);
  }

  close(): Promise<void> {
    clearInterval(this.sweeper);
    this.anonymous.clear();
    this.others.clear();
    this.index.clear();
    return Promise.resolve();
  }

  onReport(...args: Parameters<ReportingStore['onReport']>): () => void {
    return this.reports.onReport(...args);
  }

  /** Deletes expired sessions. Runs once a minute by itself. */
  sweep(): void {
    const now = this.clock.now();
    for (const order of [this.anonymous, this.others]) {
      for (const entry of order) if (entry.expiresAt <= now) this.expire(entry);
      order.release();
    }
    this.index.sweep();
    this.toldAnonymous = false;
  }

  private stored(key: string): StoredRecord | undefined {
    const entry = this.entry(key);
    if (!entry) return undefined;
    const { text, expiresAt } = entry;
    const now = this.clock.now();
    if (expiresAt <= now) return this.expire(entry);
    const record = decodeRecord(text, now);
    if (record) return { record, version: text };
    this.remove(key);
    this.reports.tell({ found: 'corrupt', key });
    return undefined;
  }

  private live(key: string): Entry | undefined {
    const entry = this.entry(key);
    return !entry || entry.expiresAt > this.clock.now() ? entry : this.expire(entry);
  }

  private entry(key: string): Entry | undefined {
    return this.others.get(key) ?? this.anonymous.get(key);
  }

  private remove(key: string): void {
    if (!this.others.delete(key)) this.anonymous.delete(key);
  }

  private expire({ key, text }: Entry): undefined {
    this.remove(key);
    this.tell('expired', key, text);
  }

  private write(key: string, record: WritableRecord): RecordVersion {
    const text = encodeRecord(record);
    const kept = this.entry(key)?.key ?? key;
    this.remove(kept);
    const isAnonymous = isSession(record) && userIdOf(record.data) === undefined;
    (isAnonymous ? this.anonymous : this.others).add(kept, { key: kept, text, expiresAt: record.expiresAt });
    if (this.size > this.maxSessions) this.makeRoom(isAnonymous);
    return text;
  }

  /** Evicts one entry, but never the one that was just written: where all are logins, a first visitor has to get in. */
  private makeRoom(wroteAnonymous: boolean): void {
    const fromAnonymous = this.anonymous.size > (wroteAnonymous ? 1 : 0);
    const evicted = (fromAnonymous ? this.anonymous : this.others).takeOldest();
    if (!evicted) return;
    const { key, text, expiresAt } = evicted;
    if (expiresAt <= this.clock.now()) return this.tell('expired', key, text);
    if (fromAnonymous && this.toldAnonymous) return;
    this.toldAnonymous ||= fromAnonymous;
    this.tell('evicted', key, text);
  }

  private tell(found: 'expired' | 'evicted', key: string, text: string): void {
    if (this.reports.wanted) this.reports.tell({ found, key, record: decodeRecord(text, this.clock.now()) });
  }
}

// Stops the timer of a store that was garbage-collected without being closed.
const abandoned = new FinalizationRegistry<NodeJS.Timeout>((sweeper) => clearInterval(sweeper));

/**
 * Sessions in this process' memory.
 *
 * @example
 * SessionModule.forRoot({ store: memoryStore({ maxSessions: 10_000 }) })
 */
export const memoryStore = (options?: MemoryStoreOptions): MemorySessionStore => new MemorySessionStore(options);
