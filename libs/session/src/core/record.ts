import { randomText } from './random-text.js';
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
export type Ending = 'replaced' | 'signed-out' | 'expired' | 'revoked' | 'evicted' | 'auth-version';

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

/** The format version that this release writes. */
const FORMAT = 2;

interface SessionMeta {
  v: typeof FORMAT;
  created: number;
  auth?: number;
  seen: number;
  abs?: number;
  secret?: SecretState;
  revoked?: RevokedBefore;
  facts?: SessionFacts;
  exp: number;
  /** Random, so that no two writes have the same content and comparing contents finds every write. */
  rev: string;
}

/** The key of a stored session that holds this library's own fields. Reserved: an application's value there is dropped. */
export const META_KEY = '__nest_session';

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];
const RESERVED_KEYS = new Set(['cookie', META_KEY, ...FORBIDDEN_KEYS]);

/** Whether an application may keep a value under this name. */
export const isDataKey = (key: string): boolean => !RESERVED_KEYS.has(key);

/** The application's values in a session, live or stored. */
export function dataOf(session: object): SessionValues {
  const data: SessionValues = {};
  const own = session as SessionValues;
  for (const key of Object.keys(own)) if (!RESERVED_KEYS.has(key)) data[key] = own[key];
  return data;
}

const NO_COOKIE: CookieRecord = { originalMaxAge: null };

/** The flat object that express-session and connect-redis store: `{ cookie, ...data }`, and our fields under one key. */
export function flattenRecord(record: WritableRecord): Record<string, unknown> {
  const rev = randomText(9);
  if (!isSession(record)) {
    const { expiresAt: exp, ...meta } = record;
    return { cookie: NO_COOKIE, [META_KEY]: { v: FORMAT, ...meta, exp, rev } };
  }
  const meta: SessionMeta = {
    v: FORMAT,
    created: record.createdAt,
    ...(record.authenticatedAt !== undefined && { auth: record.authenticatedAt }),
    seen: record.lastSeenAt,
    ...(record.absoluteTimeout !== undefined && { abs: record.absoluteTimeout }),
    ...(record.secret !== undefined && { secret: record.secret }),
    ...(record.revokedBefore !== undefined && { revoked: record.revokedBefore }),
    ...(record.facts !== undefined && { facts: record.facts }),
    exp: record.expiresAt,
    rev,
  };
  return { cookie: record.cookie, ...record.data, [META_KEY]: meta };
}

/** A record as text, which no other write equals. */
export const encodeRecord = (record: WritableRecord): string => JSON.stringify(flattenRecord(record));

/**
 * Reads a stored record, also one that express-session wrote. The times that it lacks start now, and
 * {@link SessionRecord.expiresAt} is that of its cookie, or never.
 * @returns undefined if it is no record: corrupt text, a value of another type, no cookie
 */
export function decodeRecord(stored: unknown, now: number): StoreRecord | undefined {
  const flat = typeof stored === 'string' ? parseJson(stored) : stored;
  if (!isObject(flat)) return undefined;
  const own = flat[META_KEY];
  const meta = isObject(own) ? own : undefined;
  if (isTime(meta?.['v']) && meta['v'] > FORMAT)
    return { kind: 'unknown', expiresAt: isTime(meta['exp']) ? meta['exp'] : Infinity };
  if (!isObject(flat['cookie'])) return undefined;
  if (meta?.['v'] === FORMAT && meta['kind'] !== undefined) return decodeOther(meta);
  const data = dataOf(flat);
  const cookie = flat['cookie'] as unknown as CookieRecord;
  if (isSessionMeta(meta)) {
    return {
      data,
      cookie,
      createdAt: meta.created,
      ...(meta.auth !== undefined && { authenticatedAt: meta.auth }),
      lastSeenAt: meta.seen,
      ...(meta.abs !== undefined && { absoluteTimeout: meta.abs }),
      ...(meta.secret !== undefined && { secret: meta.secret }),
      ...(meta.revoked !== undefined && { revokedBefore: meta.revoked }),
      ...(meta.facts !== undefined && { facts: meta.facts }),
      expiresAt: meta.exp,
    };
  }
  const expires = cookie.expires ? new Date(cookie.expires).getTime() : NaN;
  // Not renewed yet: a lastSeenAt of zero makes the first request write the missing fields.
  return { data, cookie, createdAt: now, lastSeenAt: 0, expiresAt: Number.isNaN(expires) ? Infinity : expires };
}

// Nearly no text has these. Only such a text is checked further.
const MAY_FORBID = /__proto__|constructor|prototype|\\u/;

const dropForbidden = (key: string, value: unknown): unknown => (FORBIDDEN_KEYS.includes(key) ? undefined : value);

/** Values from JSON, without keys at any depth that could change the prototype of an object. */
export const parseValues = (text: string): unknown =>
  MAY_FORBID.test(text) ? JSON.parse(text, dropForbidden) : JSON.parse(text);

const ENDINGS: readonly unknown[] = [
  'replaced',
  'signed-out',
  'expired',
  'revoked',
  'evicted',
  'auth-version',
] satisfies Ending[];

function decodeOther(meta: Record<string, unknown>): Tombstone | LockRecord | undefined {
  const { kind, ended, at, movedTo, holder, exp: expiresAt } = meta;
  if (!isTime(expiresAt)) return undefined;
  if (kind === 'lock' && typeof holder === 'string') return { kind, holder, expiresAt };
  if (kind !== 'tombstone' || !ENDINGS.includes(ended) || !isTime(at)) return undefined;
  return {
    kind,
    ended: ended as Ending,
    at,
    ...(typeof movedTo === 'string' && { movedTo }),
    expiresAt,
  };
}

/** @returns undefined if it is no JSON */
export const parseJson = (text: string): unknown => {
  try {
    return parseValues(text);
  } catch {
    return undefined;
  }
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value can be a time or a duration in milliseconds. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isSessionMeta = (value: Record<string, unknown> | undefined): value is Record<string, unknown> & SessionMeta =>
  value !== undefined &&
  value['v'] === FORMAT &&
  Number.isFinite(value['created']) &&
  Number.isFinite(value['seen']) &&
  Number.isFinite(value['exp']) &&
  (value['auth'] === undefined || Number.isFinite(value['auth'])) &&
  (value['abs'] === undefined || Number.isFinite(value['abs'])) &&
  (value['secret'] === undefined || isSecretState(value['secret'])) &&
  (value['revoked'] === undefined || isObject(value['revoked'])) &&
  (value['facts'] === undefined || isObject(value['facts']));

const isSecretState = (value: unknown): value is SecretState =>
  isObject(value) &&
  typeof value['hash'] === 'string' &&
  typeof value['nonce'] === 'string' &&
  typeof value['by'] === 'string' &&
  Number.isFinite(value['generation']) &&
  Number.isFinite(value['floor']) &&
  Number.isFinite(value['at']) &&
  (value['was'] === undefined ||
    (isObject(value['was']) && typeof value['was']['hash'] === 'string' && Number.isFinite(value['was']['until'])));
