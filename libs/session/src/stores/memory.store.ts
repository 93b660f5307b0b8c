import { systemClock, type Clock } from '../core/clock.js';
import type { SessionRecord, WritableRecord } from '../core/record.js';
import { decodeRecord, encodeRecord } from '../core/record-format.js';
import { sharedTurn } from '../core/shared-turn.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import type { IndexedStore } from './indexed-store.js';
import { MemoryIndex } from './memory-index.js';
import type { ClosableStore, RecordVersion, SaveResult, SessionStore, StoredRecord } from './session-store.js';
import { StoreReports, type ReportingStore } from './store-reports.js';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * How many sessions are kept at most. A further one evicts the session that was written longest ago.
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

/**
 * Sessions in the memory of this process: for development and tests, or a single process that may lose them.
 * Bounded by {@link MemoryStoreOptions.maxSessions}; what has expired is swept once a minute.
 */
export class MemorySessionStore implements SessionStore, ClosableStore, ReportingStore, IndexedStore {
  readonly allowInProduction: boolean;
  /** Finds sessions by their user and more. */
  readonly index: MemoryIndex;
  // In order of the last write, so the first is evicted next.
  private readonly entries = new Map<string, Entry>();
  // Continues where it stopped: a new iterator would step over all entries that were evicted before. Kept only between
  // two sweeps, because an idle iterator keeps all former tables of the map alive.
  private oldest: MapIterator<string> | undefined;
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
    return this.entries.size;
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
    this.entries.delete(key);
    return Promise.resolve(current);
  }

  close(): Promise<void> {
    clearInterval(this.sweeper);
    this.entries.clear();
    this.index.clear();
    this.oldest = undefined;
    return Promise.resolve();
  }

  onReport(...args: Parameters<ReportingStore['onReport']>): () => void {
    return this.reports.onReport(...args);
  }

  /** Deletes expired sessions. Runs once a minute by itself. */
  sweep(): void {
    const now = this.clock.now();
    for (const [key, entry] of this.entries) if (entry.expiresAt <= now) this.expire(key, entry);
    this.index.sweep();
    this.oldest = undefined;
  }

  private stored(key: string): StoredRecord | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    const { text, expiresAt } = entry;
    const now = this.clock.now();
    if (expiresAt <= now) return this.expire(key, entry);
    const record = decodeRecord(text, now);
    if (record) return { record, version: text };
    this.entries.delete(key);
    this.reports.tell({ found: 'corrupt', key });
    return undefined;
  }

  private live(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return !entry || entry.expiresAt > this.clock.now() ? entry : this.expire(key, entry);
  }

  private expire(key: string, { text }: Entry): undefined {
    this.entries.delete(key);
    if (this.reports.wanted) this.reports.tell({ found: 'expired', key, record: decodeRecord(text, this.clock.now()) });
  }

  private write(key: string, record: WritableRecord): RecordVersion {
    const text = encodeRecord(record);
    const kept = this.entries.get(key)?.key ?? key;
    this.entries.delete(kept);
    this.entries.set(kept, { key: kept, text, expiresAt: record.expiresAt });
    if (this.entries.size > this.maxSessions) this.pushOut();
    return text;
  }

  private pushOut(): void {
    this.oldest ??= this.entries.keys();
    const { value, done } = this.oldest.next();
    if (!done) this.entries.delete(value);
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
