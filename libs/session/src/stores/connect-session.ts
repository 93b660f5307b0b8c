import { createHash } from 'node:crypto';
import expressSession, { type SessionData } from 'express-session';
import { isSession, type CookieRecord, type SessionRecord, type WritableRecord } from '../core/record.js';
import { decodeRecord, flattenRecord } from '../core/record-format.js';
import type { StoredRecord } from './session-store.js';

type Flat = Record<string, unknown>;

/** What a foreign store holds for one session, and what we read from it. */
export interface ForeignRecord extends StoredRecord {
  readonly flat: Flat;
}

/** The object that express-session would pass to its store, as a copy that is used nowhere else. */
export function toForeign(record: WritableRecord): SessionData {
  return withCookie(copy(flattenRecord(record)), record);
}

/** The stored session with the new deadline in its cookie, otherwise unchanged: for a touch. */
export const touched = (flat: Flat, record: SessionRecord): SessionData => withCookie(copy(flat), record);

/** Reads what a foreign store returned; undefined if it is no session. */
export function fromForeign(given: unknown, now: number): ForeignRecord | undefined {
  const flat = plain(given);
  const decoded = flat && decodeRecord(flat, now);
  if (!decoded) return undefined;
  if (!isSession(decoded)) return { flat, record: decoded, version: versionOf(flat) };
  const { cookie } = decoded;
  // A cookie that ends with the browser has an `expires` in the store only, where it tells the store our deadline.
  const record = cookie.originalMaxAge == null ? { ...decoded, cookie: { ...cookie, ...UNTIL_CLOSED } } : decoded;
  return { flat, record, version: versionOf(flat) };
}

const UNTIL_CLOSED = { originalMaxAge: null, expires: null };

/** A copy as plain JSON; undefined if that is not possible, or it is no object. */
function plain(given: unknown): Flat | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  try {
    return copy(given);
  } catch {
    return undefined;
  }
}

/**
 * A version of the content. It ignores the order of keys, which JSON columns of databases change, and the cookie's
 * `expires`, which a touch changes without changing the session.
 */
export function versionOf(session: object): string {
  const { cookie, ...values } = copy(session) as Flat & { cookie: CookieRecord };
  return createHash('sha256')
    .update(JSON.stringify({ ...values, cookie: { ...cookie, expires: null } }, sorted))
    .digest('base64url');
}

function withCookie(flat: Flat, record: WritableRecord): SessionData {
  const cookieRecord: CookieRecord = isSession(record) ? record.cookie : { originalMaxAge: null };
  const { originalMaxAge, expires, ...attributes } = cookieRecord;
  const until = originalMaxAge !== null && expires ? new Date(expires) : new Date(record.expiresAt);
  // Stores use cookie.expires, cookie.maxAge, cookie.originalMaxAge or cookie.toJSON(): the real class has them all.
  const cookie = Object.assign(new expressSession.Cookie(), NO_DEFAULTS, attributes, {
    expires: Number.isNaN(until.getTime()) ? null : until,
  });
  // Setting `expires` computes it from the clock.
  cookie.originalMaxAge = originalMaxAge;
  // An application that declares required values in SessionData declares what it writes, not what a store may hold.
  const session: unknown = { ...flat, cookie };
  return session as SessionData;
}

/** Defaults of the class that the record may lack. */
const NO_DEFAULTS = { path: undefined, httpOnly: undefined };

const copy = (value: object): Flat => JSON.parse(JSON.stringify(value)) as Flat;

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
