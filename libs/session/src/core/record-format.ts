import { isObject, isTime, parseJson } from './json.js';
import { randomText } from './random-text.js';
import {
  isEnding,
  isSession,
  type CookieRecord,
  type LockRecord,
  type RevokedBefore,
  type SecretState,
  type StoreRecord,
  type Tombstone,
  type WritableRecord,
} from './record.js';
import { dataOf, META_KEY } from './session-data.js';
import type { SessionFacts } from './session-facts.js';

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
  const version = meta?.['v'];
  if (meta && version !== FORMAT && isTime(version) && version > FORMAT)
    return { kind: 'unknown', expiresAt: isTime(meta['exp']) ? meta['exp'] : Infinity };
  if (!isObject(flat['cookie'])) return undefined;
  if (version === FORMAT && meta?.['kind'] !== undefined) return decodeOther(meta);
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

function decodeOther(meta: Record<string, unknown>): Tombstone | LockRecord | undefined {
  const { kind, ended, at, movedTo, holder, exp: expiresAt } = meta;
  if (!isTime(expiresAt)) return undefined;
  if (kind === 'lock' && typeof holder === 'string') return { kind, holder, expiresAt };
  if (kind !== 'tombstone' || !isEnding(ended) || !isTime(at)) return undefined;
  return {
    kind,
    ended,
    at,
    ...(typeof movedTo === 'string' && { movedTo }),
    expiresAt,
  };
}

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
