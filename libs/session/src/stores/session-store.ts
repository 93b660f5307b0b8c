import { isSession, type SessionRecord, type StoreRecord, type WritableRecord } from '../core/record.js';

/**
 * Names one state of a record. Opaque: only the store that handed it out compares it.
 */
export type RecordVersion = string;

/** A record as it stood in the store, and the name of that state. */
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
  stored !== undefined && isSession(stored.record);

/** What came of a conditional save. */
export type SaveResult =
  | { readonly status: 'saved'; readonly version: RecordVersion }
  /** The record was deleted or expired meanwhile. Nothing was written. */
  | { readonly status: 'missing' }
  /** Another write came first. Nothing was written. */
  | { readonly status: 'changed'; readonly current: StoredRecord };

/**
 * Where sessions live. Implement it for another database, and run the contract suite over it.
 *
 * - Missing is not an error: methods reject only when the store is out of order.
 * - `key` is the name of the session, which is no secret: what the store keeps opens no session
 *   (unless {@link SessionStore.keys} is `'plain'`).
 * - A record is a session, a tombstone where one ended, or a lock. To a store they are all the same.
 * - A record with `expiresAt` in the past may be given back or not; the caller checks it. A store forgets it in time.
 * - Every method that writes is atomic: nobody sees half of it, and of two conditional writes that start from the same
 *   version one is told `changed`.
 */
export interface SessionStore {
  /**
   * `'plain'` uses the session id itself as key, for records that express-session wrote.
   * @default 'hashed'
   */
  readonly keys?: 'hashed' | 'plain';

  /**
   * True if the store itself pushes the idle deadline on in {@link renew} and forgets idle sessions, so that a record's
   * `lastSeenAt` may be old: foreign stores with a `touch`.
   * @default false
   */
  readonly keepsIdleDeadline?: boolean;

  /** What the store cannot guarantee, in plain words: said in the log at start. @default none */
  readonly limitations?: readonly string[];

  /**
   * The record, or undefined if there is none. A record that cannot be decoded is deleted, and there is none; a store
   * that is a `ReportingStore` tells of it.
   */
  read(key: string): Promise<StoredRecord | undefined>;

  /**
   * Creates a record only if there is none under this key.
   * @returns its version, or undefined if the key is taken
   */
  create(key: string, record: WritableRecord): Promise<RecordVersion | undefined>;

  /** Replaces the record only if it is still what `version` names. Never creates one. */
  save(key: string, record: WritableRecord, version: RecordVersion): Promise<SaveResult>;

  /**
   * Pushes the deadline on to `record.expiresAt`. Never creates a record, and never undoes what somebody else saved:
   * a record that is no longer what `version` names may be left as it is.
   * @returns the record's version afterwards, or undefined if there is none any more
   */
  renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined>;

  /**
   * Deletes the record for good.
   * @returns what was there; undefined if nothing was
   */
  delete(key: string): Promise<StoredRecord | undefined>;
}

/** A store that can tell whether it is in order, and must before the application starts. */
export interface PingableStore {
  /** Resolves if the store answers; rejects with what is wrong. */
  ping(): Promise<void>;
}

/** A store that may answer `read` from what this process has read before. */
export interface FreshStore {
  /** Milliseconds that `read` may still give what another process has replaced or deleted; 0 if it never does. */
  readonly staleness: number;
  /** As `read`, but as the record is now. */
  readFresh(key: string): Promise<StoredRecord | undefined>;
}

/** A store that can be used again after it was closed, by the next application of the process. */
export interface OpenableStore {
  /** Opens what {@link ClosableStore.close} closed; nothing is done if it is open. Called when the application starts. */
  open(): Promise<void>;
}

/** A store that holds something open. */
export interface ClosableStore {
  /** Releases what the store itself opened, and nothing that was handed to it. Called when the application closes. */
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

/** The record as it is now, where the next step goes by it: not for what every request asks. */
export const readFresh = (store: SessionStore, key: string): Promise<StoredRecord | undefined> =>
  isFresh(store) ? store.readFresh(key) : store.read(key);

/** How long (ms) a store may give what another process has replaced or deleted. */
export const stalenessOf = (store: object): number => (isFresh(store) ? store.staleness : 0);
