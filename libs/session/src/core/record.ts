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

/** What a store keeps for one session. All times are milliseconds since the epoch. */
export interface SessionRecord {
  /** The application's values: JSON. */
  readonly data: SessionValues;
  readonly cookie: CookieRecord;
  readonly createdAt: number;
  /** When the user logged in; absent while nobody is. */
  readonly authenticatedAt?: number;
  /** The last time that an idle deadline was pushed on. */
  readonly lastSeenAt: number;
  /** The absolute timeout of this session in milliseconds where a login asked for its own. */
  readonly absoluteTimeout?: number;
  /**
   * What stood against the user when he logged in, where sessions are revoked by user: a session with another one than
   * the user's of today is over. Empty if nothing did.
   */
  readonly epoch?: string;
  readonly facts?: SessionFacts;
  /** When the session ends if nobody uses it: the earlier of both deadlines. */
  readonly expiresAt: number;
}

interface Meta {
  v: 1;
  created: number;
  auth?: number;
  seen: number;
  abs?: number;
  epoch?: string;
  facts?: SessionFacts;
  exp: number;
  /** Makes every write unlike every other one, so that comparing contents tells who wrote last. */
  rev: string;
}

/** The key of a stored session that holds this library's own fields. Reserved: an application's value there is dropped. */
export const META_KEY = '__nest_session';

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether an application may keep a value under this name. */
export const isDataKey = (key: string): boolean => key !== 'cookie' && key !== META_KEY && !FORBIDDEN_KEYS.has(key);

/** The flat object that express-session and connect-redis store: `{ cookie, ...data }`, and our fields under one key. */
export function flattenRecord(record: SessionRecord): Record<string, unknown> {
  const meta: Meta = {
    v: 1,
    created: record.createdAt,
    ...(record.authenticatedAt !== undefined && { auth: record.authenticatedAt }),
    seen: record.lastSeenAt,
    ...(record.absoluteTimeout !== undefined && { abs: record.absoluteTimeout }),
    ...(record.epoch !== undefined && { epoch: record.epoch }),
    ...(record.facts !== undefined && { facts: record.facts }),
    exp: record.expiresAt,
    rev: randomText(9),
  };
  return { cookie: record.cookie, ...record.data, [META_KEY]: meta };
}

/** Text of a record, unlike the text of any other write. */
export const encodeRecord = (record: SessionRecord): string => JSON.stringify(flattenRecord(record));

/**
 * Reads a stored session, also one that express-session wrote: its missing times are then `undefined`-free guesses
 * that start now, and {@link SessionRecord.expiresAt} is what its cookie says, or never.
 * @returns undefined when it is no session: corrupt text, a value of another type, no cookie.
 */
export function decodeRecord(stored: unknown, now: number): SessionRecord | undefined {
  const flat = typeof stored === 'string' ? parseJson(stored) : stored;
  if (!isObject(flat) || !isObject(flat['cookie'])) return undefined;
  const data: SessionValues = {};
  for (const key of Object.keys(flat)) if (isDataKey(key)) data[key] = flat[key];
  const cookie = flat['cookie'] as unknown as CookieRecord;
  const meta = flat[META_KEY];
  if (isMeta(meta)) {
    return {
      data,
      cookie,
      createdAt: meta.created,
      ...(meta.auth !== undefined && { authenticatedAt: meta.auth }),
      lastSeenAt: meta.seen,
      ...(meta.abs !== undefined && { absoluteTimeout: meta.abs }),
      ...(meta.epoch !== undefined && { epoch: meta.epoch }),
      ...(meta.facts !== undefined && { facts: meta.facts }),
      expiresAt: meta.exp,
    };
  }
  const expires = cookie.expires ? new Date(cookie.expires).getTime() : NaN;
  // Never renewed by us: a lastSeenAt of zero makes the first request write our fields.
  return { data, cookie, createdAt: now, lastSeenAt: 0, expiresAt: Number.isNaN(expires) ? Infinity : expires };
}

// A text without these, which is nearly every one, is not looked at any further.
const MAY_FORBID = /__proto__|constructor|prototype|\\u/;

const dropForbidden = (key: string, value: unknown): unknown => (FORBIDDEN_KEYS.has(key) ? undefined : value);

/** Values from JSON, at no depth with a name by which an object could become another kind of object. */
export const parseValues = (text: string): unknown =>
  MAY_FORBID.test(text) ? JSON.parse(text, dropForbidden) : JSON.parse(text);

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

/** Whether a value can be an instant or a span, in milliseconds. */
export const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isMeta = (value: unknown): value is Meta =>
  isObject(value) &&
  value['v'] === 1 &&
  isTime(value['created']) &&
  isTime(value['seen']) &&
  isTime(value['exp']) &&
  (value['auth'] === undefined || isTime(value['auth'])) &&
  (value['abs'] === undefined || isTime(value['abs'])) &&
  (value['epoch'] === undefined || typeof value['epoch'] === 'string') &&
  (value['facts'] === undefined || isObject(value['facts']));
