import { expiryOf, type ExpiryPolicy } from '../core/deadlines.js';
import {
  isDataKey,
  isObject,
  isTime,
  META_KEY,
  parseJson,
  type CookieRecord,
  type SessionRecord,
  type SessionValues,
} from '../core/record.js';
import { sameAttributes } from '../core/same-attributes.js';
import type { SessionFacts } from '../core/session-facts.js';

/** A record as it stands in a seal. */
export interface SealedRecord {
  readonly id: string;
  readonly record: SessionRecord;
  /** Somebody else sealed it, and it lacks our fields. */
  readonly foreign: boolean;
}

/** What a payload is read by. */
export interface PayloadContext {
  readonly policy: ExpiryPolicy;
  /** Milliseconds that iron-session gives a seal, Infinity for never; undefined where nobody else seals for us. */
  readonly foreignTtl: number | undefined;
  /** The attributes of a cookie that nobody has changed. */
  readonly cookie: CookieRecord;
  readonly now: number;
  /** When the seal ends. */
  readonly sealExpiresAt: number;
  /** Names a session that another library sealed, the same for each copy of its seal. */
  readonly foreignId: () => string;
}

interface Meta {
  v: 1;
  id: string;
  created: number;
  seen: number;
  auth?: number;
  abs?: number;
  epoch?: string;
  facts?: SessionFacts;
  /** The attributes of the cookie, where they differ from the options. */
  cookie?: CookieRecord;
}

/** Clocks of several machines differ, and a seal from further ahead than this was not made by any of them. */
const CLOCK_SKEW = 5_000;

/** `{ ...data, __nest_session }`: what iron-session opens as a session of its own, with one key more. */
export function encodePayload({ id, record }: Omit<SealedRecord, 'foreign'>, usual: CookieRecord): string {
  const meta: Meta = {
    v: 1,
    id,
    created: record.createdAt,
    seen: record.lastSeenAt,
    ...(record.authenticatedAt !== undefined && { auth: record.authenticatedAt }),
    ...(record.absoluteTimeout !== undefined && { abs: record.absoluteTimeout }),
    ...(record.epoch !== undefined && { epoch: record.epoch }),
    ...(record.facts !== undefined && { facts: record.facts }),
    ...(!sameAttributes(record.cookie, usual) && { cookie: { ...record.cookie, expires: null } }),
  };
  return JSON.stringify({ ...record.data, [META_KEY]: meta });
}

/**
 * @returns `'format'` if it is no session; `'time'` if its age cannot be right: it comes from the future, or was sealed
 * elsewhere for longer than we seal for, so that a copy of any age would look new
 */
export function decodePayload(text: string, context: PayloadContext): SealedRecord | 'format' | 'time' {
  const flat = parseJson(text);
  if (!isObject(flat)) return 'format';
  const data: SessionValues = {};
  for (const key of Object.keys(flat)) if (isDataKey(key)) data[key] = flat[key];
  const meta = flat[META_KEY];
  const { now, policy, sealExpiresAt } = context;
  const sealedAt = sealedElsewhereAt(context);
  let id: string;
  let times: Omit<SessionRecord, 'data' | 'expiresAt'>;
  if (isMeta(meta)) {
    id = meta.id;
    times = {
      cookie: meta.cookie ? { ...meta.cookie, expires: null } : context.cookie,
      createdAt: meta.created,
      lastSeenAt: sealedAt !== undefined && sealedAt <= now ? Math.max(meta.seen, sealedAt) : meta.seen,
      ...(meta.auth !== undefined && { authenticatedAt: meta.auth }),
      ...(meta.abs !== undefined && { absoluteTimeout: meta.abs }),
      ...(meta.epoch !== undefined && { epoch: meta.epoch }),
      ...(meta.facts !== undefined && { facts: meta.facts }),
    };
  } else {
    if (meta !== undefined || sealedAt === undefined) return 'format';
    id = context.foreignId();
    times = { cookie: context.cookie, createdAt: sealedAt, lastSeenAt: sealedAt };
  }
  if (Math.max(times.createdAt, times.lastSeenAt, times.authenticatedAt ?? 0) > now + CLOCK_SKEW) return 'time';
  const expiresAt = Math.min(expiryOf(times, policy), sealExpiresAt);
  return { id, record: { ...times, data, expiresAt }, foreign: meta === undefined };
}

/**
 * When somebody else sealed it, if anybody did: he has seen the session then. Infinity if that cannot be told, and
 * undefined where nobody else seals for us.
 */
function sealedElsewhereAt({ foreignTtl, sealExpiresAt, now }: PayloadContext): number | undefined {
  if (foreignTtl === undefined) return undefined;
  return foreignTtl === Infinity ? now : sealExpiresAt - foreignTtl;
}

const isMeta = (value: unknown): value is Meta =>
  isObject(value) &&
  value['v'] === 1 &&
  typeof value['id'] === 'string' &&
  isTime(value['created']) &&
  isTime(value['seen']) &&
  (value['auth'] === undefined || isTime(value['auth'])) &&
  (value['abs'] === undefined || isTime(value['abs'])) &&
  (value['epoch'] === undefined || typeof value['epoch'] === 'string') &&
  (value['facts'] === undefined || isObject(value['facts'])) &&
  (value['cookie'] === undefined || isObject(value['cookie']));
