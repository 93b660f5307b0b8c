import type { SessionFacts } from './session-facts.js';

/** The application's values in a session, without the cookie and without what this library keeps for itself. */
export type SessionValues = Record<string, unknown>;

/** The attributes of a session's cookie, in the shape that express-session's `Cookie` serializes to. */
export interface CookieRecord {
  /** Milliseconds that the cookie lives in the browser, or null for a cookie that ends with the browser. */
  originalMaxAge: number | null;
  /** ISO 8601, or null. */
  expires?: string | null;
  path?: string;
  domain?: string;
  httpOnly?: boolean;
  secure?: boolean | 'auto';
  sameSite?: boolean | 'lax' | 'strict' | 'none';
  partitioned?: boolean;
  priority?: 'low' | 'medium' | 'high';
}

/** Why a rotation gave a session another secret. `begun` is the first secret of a name. */
export type RotationKind = 'begun' | 'age' | 'asked' | 'proof';

/** What opens a session: a hash of the token, and what a rotation needs to know of the one before. */
export interface SecretState {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  /** Grows by one with every rotation. */
  readonly generation: number;
  /** The generation of the last rotation that was not by age: an older one writes nothing. */
  readonly floor: number;
  readonly by: RotationKind;
  /** Milliseconds since the epoch: when the secret was made. */
  readonly at: number;
  /** Random. Without it the next secret cannot be computed from the previous one. */
  readonly nonce: string;
  /** The previous token, which is accepted until then: after a rotation by age only. */
  readonly was?: { readonly hash: string; readonly until: number };
}

/**
 * The `revokedBefore` of the session's index keys when it was added to the index: a session that carries an earlier time
 * than its index key has now is over. Milliseconds since the epoch, 0 for none; the times only grow.
 */
export interface RevokedBefore {
  /** Of the person who is logged in, also while they act as another user. */
  readonly user?: number;
  /** Of the user that they act as. */
  readonly acted?: number;
}

/** A session, as a store keeps it. All times are milliseconds since the epoch. */
export interface SessionRecord {
  readonly kind?: 'session';
  /** The application's values: JSON. */
  readonly data: SessionValues;
  readonly cookie: CookieRecord;
  readonly createdAt: number;
  /** When the user logged in; absent in an anonymous session. */
  readonly authenticatedAt?: number;
  /** When the session was last renewed. */
  readonly lastSeenAt: number;
  /** The absolute timeout of this session in milliseconds where a login asked for its own. */
  readonly absoluteTimeout?: number;
  /** Absent where the key itself is the secret (`ids: 'plain'`). */
  readonly secret?: SecretState;
  readonly revokedBefore?: RevokedBefore;
  readonly facts?: SessionFacts;
  /** When the session ends if it is not used: the earlier of both deadlines. */
  readonly expiresAt: number;
}

/** Why a session is over. After the first two a late request begins nothing but a login. */
export type Ending = (typeof ENDINGS)[number];

const ENDINGS = ['replaced', 'signed-out', 'expired', 'revoked', 'evicted', 'auth-version'] as const;

/** Whether a word is an ending that this release knows. */
export const isEnding = (word: unknown): word is Ending => (ENDINGS as readonly unknown[]).includes(word);

/** Replaces a session that ended, for a short time, so that late requests learn that it is over. */
export interface Tombstone {
  readonly kind: 'tombstone';
  readonly ended: Ending;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The key of the session that replaced it: with plain ids only, and only used to end that session. */
  readonly movedTo?: string;
  readonly expiresAt: number;
}

/** A lock that all processes on a store respect. */
export interface LockRecord {
  readonly kind: 'lock';
  readonly holder: string;
  readonly expiresAt: number;
}

/** Written by a later release: neither read nor overwritten by this one. */
export interface UnknownRecord {
  readonly kind: 'unknown';
  readonly expiresAt: number;
}

/** What this release writes into a store. */
export type WritableRecord = SessionRecord | Tombstone | LockRecord;

/** What a store may hold under a key. */
export type StoreRecord = WritableRecord | UnknownRecord;

/** Whether a record is a session, not a tombstone, a lock or a record of a later release. */
export const isSession = (record: StoreRecord): record is SessionRecord =>
  record.kind === undefined || record.kind === 'session';
