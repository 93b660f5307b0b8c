import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionRecord, SessionStore, SessionValues, StoredSession } from 'nest-session/store';
import type { StoredRecord } from '../../libs/session/src/stores/session-store.js';
import type { LockRecord, Tombstone, WritableRecord } from '../../libs/session/src/core/record.js';
import type { TestClock } from '../support/test-clock.js';
import { aRecord, sessionIn } from '../support/records.js';

/** One fresh store. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  readonly clock: TestClock;
  /** Closes the store and opens what it kept again, as a restart does. Only for stores that outlive their process. */
  readonly reopen?: () => Promise<SessionStore>;
  cleanup(): Promise<void>;
}

/** What a store cannot do, so that the suite asks for the rest. */
export interface StoreTraits {
  /**
   * False for a store that cannot keep two writers apart: what the suite does at once is then done one by one.
   * @default true
   */
  readonly atomic?: boolean;
  /**
   * True for a store that expires records by a clock of its own (a server's, `Date.now()`): the suite then waits in
   * real time, two or three seconds a case.
   * @default false
   */
  readonly ownClock?: boolean;
}

/** Shorter than this, a store that counts in seconds is too coarse. */
const SHORT_LIFETIME = 1_000;

/** What every case of the contract stands on: the store of the running test, and time. */
export class StoreBench {
  private current: StoreUnderTest | undefined;

  constructor(
    private readonly setup: () => Promise<StoreUnderTest>,
    private readonly traits: StoreTraits,
  ) {}

  open = async (): Promise<void> => {
    this.current = await this.setup();
  };

  close = async (): Promise<void> => {
    await this.current?.cleanup();
    this.current = undefined;
  };

  get store(): SessionStore {
    return this.opened.store;
  }

  get now(): number {
    return this.opened.clock.now();
  }

  newKey = (): string => randomBytes(32).toString('base64url');

  record = (data: SessionValues = {}, different: Partial<SessionRecord> = {}): SessionRecord =>
    aRecord(this.now, { data, ...different });

  /** A record that {@link outlive} gets past soon. */
  shortLived = (data: SessionValues = {}): SessionRecord => this.record(data, { expiresAt: this.now + SHORT_LIFETIME });

  /** What stands where a session ended. */
  tombstone = (different: Partial<Tombstone> = {}): Tombstone => ({
    kind: 'tombstone',
    ended: 'signed-out',
    at: this.now,
    expiresAt: this.now + 60_000,
    ...different,
  });

  lock = (different: Partial<LockRecord> = {}): LockRecord => ({
    kind: 'lock',
    holder: 'the holder',
    expiresAt: this.now + 15_000,
    ...different,
  });

  /** What a later release writes: our fields under a format that this one does not know. */
  later = (): WritableRecord => {
    const written = { ...this.lock({ expiresAt: this.now + 60_000 }), v: 99 };
    return written;
  };

  /** Stores a record under a new key. */
  async stored<R extends WritableRecord = SessionRecord>(
    record: R,
  ): Promise<{ key: string; record: R; version: string }> {
    const key = this.newKey();
    const version = await this.store.create(key, record);
    if (version === undefined) throw new Error('create() says that a new key is taken');
    return { key, record, version };
  }

  /** Gives what is stored now; fails if there is nothing. */
  async mustRead(key: string, store: SessionStore = this.store): Promise<StoredSession> {
    const found = await store.read(key);
    if (!found) throw new Error('read() found nothing where a record must be');
    return this.session(found);
  }

  /** What a store has given as a session; fails if it is none. */
  session(found: StoredRecord | undefined): StoredSession {
    return { version: found?.version ?? '', record: sessionIn(found) };
  }

  /** Lets time pass until the deadline is over, for the store as well. */
  async outlive(record: Pick<SessionRecord, 'expiresAt'>): Promise<void> {
    // A store that counts in whole seconds may keep a record for one more.
    if (this.traits.ownClock) await sleep(Math.max(0, record.expiresAt - Date.now()) + 1_200);
    this.opened.clock.advance(Math.max(0, record.expiresAt - this.now) + 1);
  }

  /** Does things at once, or one by one where the store cannot keep writers apart. */
  async together<T>(count: number, task: (index: number) => Promise<T>): Promise<T[]> {
    const indexes = Array.from({ length: count }, (_, index) => index);
    if (this.traits.atomic ?? true) return Promise.all(indexes.map(task));
    const results: T[] = [];
    for (const index of indexes) results.push(await task(index));
    return results;
  }

  /** The same sessions after a restart, if the store outlives one; else the same store. */
  reopened = async (): Promise<SessionStore> => (await this.opened.reopen?.()) ?? this.store;

  private get opened(): StoreUnderTest {
    if (!this.current) throw new Error('There is no store outside a test');
    return this.current;
  }
}
