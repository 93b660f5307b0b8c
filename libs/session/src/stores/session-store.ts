import type { SessionRecord, StoreRecord, WritableRecord } from '../core/record.js';

/**
 * Identifies one state of a record. Opaque: only the store that returned it compares it.
 */
export type RecordVersion = string;

/** A record as it was stored, and the version of that state. */
export interface StoredRecord {
  readonly record: StoreRecord;
  readonly version: RecordVersion;
}

/** As {@link StoredRecord}, for a record that is a session. */
export interface StoredSession extends StoredRecord {
  readonly record: SessionRecord;
}

/** Whether what a store holds is a session. */
export const isStoredSession = (stored: StoredRecord | undefined): stored is StoredSession =>
  stored !== undefined && (stored.record.kind ?? 'session') === 'session';

/** The result of a conditional save. */
export type SaveResult =
  | { readonly status: 'saved'; readonly version: RecordVersion }
  /** The record was deleted or expired meanwhile. Nothing was written. */
  | { readonly status: 'missing' }
  /** Another write came first. Nothing was written. */
  | { readonly status: 'changed'; readonly current: StoredRecord };

/**
 * Where sessions live. Implement it for another database, and run the contract suite over it.
 *
 * - Missing is not an error: methods reject only during an outage.
 * - `key` is the name of the session, which is not a secret: a copy of the store opens no session
 *   (unless {@link SessionStore.keys} is `'plain'`).
 * - A record is a session, a tombstone where one ended, or a lock. To a store they are all the same.
 * - A record with `expiresAt` in the past may be returned or not; the caller checks it. The store deletes it in time.
 * - Every write is atomic: no other request sees half of it, and of two conditional writes from the same version one
 *   returns `changed`.
 */
export interface SessionStore {
  /**
   * `'plain'` uses the session id itself as key, for records that express-session wrote.
   * @default 'hashed'
   */
  readonly keys?: 'hashed' | 'plain';

  /**
   * True if the store itself moves the idle deadline in {@link renew} and deletes idle sessions, so that a record's
   * `lastSeenAt` may be old: foreign stores with a `touch`.
   * @default false
   */
  readonly keepsIdleDeadline?: boolean;

  /** What the store cannot guarantee, in plain words. Logged at start. @default none */
  readonly limitations?: readonly string[];

  /**
   * The record, or undefined if there is none. A record that cannot be decoded is deleted and counts as none; a
   * `ReportingStore` reports it.
   */
  read(key: string): Promise<StoredRecord | undefined>;

  /**
   * Creates a record only if there is none under this key.
   * @returns its version, or undefined if the key is taken
   */
  create(key: string, record: WritableRecord): Promise<RecordVersion | undefined>;

  /** Replaces the record only if it still has this version. Never creates one. */
  save(key: string, record: WritableRecord, version: RecordVersion): Promise<SaveResult>;

  /**
   * Moves the deadline to `record.expiresAt`. Never creates a record, and never undoes the save of another request: a
   * record with another version may be left as it is.
   * @returns the record's version afterwards, or undefined if there is no record
   */
  renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined>;

  /**
   * Deletes the record.
   * @returns the deleted record; undefined if there was none
   */
  delete(key: string): Promise<StoredRecord | undefined>;
}

/** A store that can be checked. The application starts only if it answers. */
export interface PingableStore {
  /** Resolves if the store answers; rejects with what is wrong. */
  ping(): Promise<void>;
}

/** A store that may answer `read` from what this process has read before. */
export interface FreshStore {
  /** How long (ms) `read` may return a record that another process has replaced or deleted; 0 for never. */
  readonly staleness: number;
  /** As `read`, but never an old record. */
  readFresh(key: string): Promise<StoredRecord | undefined>;
}

/** A store that can be used again after it was closed, by the next application of the process. */
export interface OpenableStore {
  /** Opens what {@link ClosableStore.close} closed. Does nothing if it is open. Called when the application starts. */
  open(): Promise<void>;
}

/** A store with resources to release. */
export interface ClosableStore {
  /** Releases what the store itself opened, and nothing that it was given. Called when the application closes. */
  close(): Promise<void>;
}

export type { ReportingStore, StoreReport } from './store-reports.js';

/** Whether a store has {@link PingableStore.ping}. */
export const isPingable = (store: object): store is PingableStore =>
  'ping' in store && typeof store.ping === 'function';

/** Whether a store has {@link OpenableStore.open}. */
export const isOpenable = (store: object): store is OpenableStore =>
  'open' in store && typeof store.open === 'function';

/** Whether a store has {@link ClosableStore.close}. */
export const isClosable = (store: object): store is ClosableStore =>
  'close' in store && typeof store.close === 'function';

const isFresh = (store: object): store is FreshStore => 'readFresh' in store && typeof store.readFresh === 'function';

/** The current record, for steps that depend on it. The read of every request may use `read`. */
export const readFresh = (store: SessionStore, key: string): Promise<StoredRecord | undefined> =>
  isFresh(store) ? store.readFresh(key) : store.read(key);

/** How long (ms) a store may return a record that another process has replaced or deleted. */
export const stalenessOf = (store: object): number => (isFresh(store) ? store.staleness : 0);
