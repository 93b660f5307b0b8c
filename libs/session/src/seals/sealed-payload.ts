import { absoluteDeadline, expiryOf, isFromFuture, type ExpiryPolicy } from '../core/deadlines.js';
import { isObject, isTime, parseJson } from '../core/json.js';
import type { CookieRecord, RevokedBefore, RotationKind, SecretState, SessionRecord } from '../core/record.js';
import { dataOf, META_KEY } from '../core/session-data.js';
import { sameAttributes } from '../core/same-attributes.js';
import type { SessionFacts } from '../core/session-facts.js';
import { isSessionName } from '../core/session-name.js';

/** The session in a seal. The generation of the seal is that of the record's secret. */
export interface SealedRecord {
  readonly name: string;
  readonly record: SessionRecord;
  /** Sealed by another library, without the fields of this one. */
  readonly foreign: boolean;
}

/** Why a payload is no session. */
export type PayloadFault =
  | { readonly fault: 'format' }
  /** Its age cannot be right: it is from the future, or was sealed elsewhere for longer than a seal may live. */
  | { readonly fault: 'time'; readonly name: string }
  /** A newer release sealed it. */
  | { readonly fault: 'version'; readonly name: string };

/** What is needed to read a payload. */
export interface PayloadContext {
  readonly policy: ExpiryPolicy;
  /** How long (ms) seals of iron-session live, Infinity for ever; undefined where no other library seals. */
  readonly foreignTtl: number | undefined;
  /** The default attributes of the cookie. */
  readonly cookie: CookieRecord;
  readonly now: number;
  /** When the seal ends. */
  readonly sealExpiresAt: number;
  /** The seal has no marker of a format, as those of iron-session 6. */
  readonly unmarked: boolean;
  /** The name of a session that another library sealed, the same for each copy of its seal. */
  readonly foreignName: () => string;
}

/** The format version that this release seals. */
const FORMAT = 2;

interface Meta {
  v: typeof FORMAT;
  name: string;
  /** Absent for 0, as {@link floor}. */
  gen?: number;
  /** The generation of the last rotation that was not by age. */
  floor?: number;
  /** Milliseconds since the epoch: when the generation began, where that was after the session did. */
  at?: number;
  created: number;
  seen: number;
  auth?: number;
  abs?: number;
  revoked?: RevokedBefore;
  facts?: SessionFacts;
  /** The attributes of the cookie, where they differ from the options. */
  cookie?: CookieRecord;
}

/**
 * No seal is good for longer after its session was last seen: browsers keep no cookie longer (RFC 6265bis, section 5.5),
 * and no ending has to be remembered longer.
 */
export const MAX_SEAL_LIFE = 400 * 86_400_000;

/** What a sealed record keeps of its generation: the seal itself is the secret. */
export const sealedSecret = (generation: number, floor: number, at: number, by: RotationKind): SecretState => ({
  hash: '',
  nonce: '',
  generation,
  floor,
  by,
  at,
});

/** `{ ...data, __nest_session }`: what iron-session opens as a session of its own, with one key more. */
export function encodePayload(name: string, record: SessionRecord, usual: CookieRecord): string {
  const { secret } = record;
  const meta: Meta = {
    v: FORMAT,
    name,
    ...(secret && secret.generation > 0 && { gen: secret.generation, at: secret.at }),
    ...(secret && secret.floor > 0 && { floor: secret.floor }),
    created: record.createdAt,
    seen: record.lastSeenAt,
    ...(record.authenticatedAt !== undefined && { auth: record.authenticatedAt }),
    ...(record.absoluteTimeout !== undefined && { abs: record.absoluteTimeout }),
    ...(record.revokedBefore !== undefined && { revoked: record.revokedBefore }),
    ...(record.facts !== undefined && { facts: record.facts }),
    ...(!sameAttributes(record.cookie, usual) && { cookie: { ...record.cookie, expires: null } }),
  };
  return JSON.stringify({ ...record.data, [META_KEY]: meta });
}

/** Reads what {@link encodePayload} or iron-session wrote. */
export function decodePayload(text: string, context: PayloadContext): SealedRecord | PayloadFault {
  const flat = unwrapped(parseJson(text), context);
  if (!isObject(flat)) return { fault: 'format' };
  const meta = flat[META_KEY];
  if (isObject(meta) && isTime(meta['v']) && meta['v'] > FORMAT)
    return isName(meta['name']) ? { fault: 'version', name: meta['name'] } : { fault: 'format' };
  const data = dataOf(flat);
  const { now, policy, sealExpiresAt } = context;
  const sealedAt = sealedElsewhereAt(context);
  const known = isMeta(meta) ? fromMeta(meta, sealedAt, context) : undefined;
  if (!known && (meta !== undefined || sealedAt === undefined)) return { fault: 'format' };
  const { name, times } = known ?? begun(context.foreignName(), sealedAt ?? now, context);
  if (isFromFuture(times, now)) return { fault: 'time', name };
  const expiresAt = Math.min(expiryOf(times, policy), sealExpiresAt, times.lastSeenAt + MAX_SEAL_LIFE);
  return { name, record: { ...times, data, expiresAt }, foreign: known === undefined };
}

type Times = Omit<SessionRecord, 'data' | 'expiresAt'>;

function fromMeta(meta: Meta, sealedAt: number | undefined, { now, cookie }: PayloadContext) {
  const { gen = 0, floor = 0, at = meta.auth ?? meta.created } = meta;
  const by = gen === 0 ? 'begun' : gen === floor ? 'asked' : 'age';
  const times: Times = {
    cookie: meta.cookie ? { ...meta.cookie, expires: null } : cookie,
    createdAt: meta.created,
    lastSeenAt: sealedAt !== undefined && sealedAt <= now ? Math.max(meta.seen, sealedAt) : meta.seen,
    secret: sealedSecret(gen, floor, at, by),
    ...(meta.auth !== undefined && { authenticatedAt: meta.auth }),
    ...(meta.abs !== undefined && { absoluteTimeout: meta.abs }),
    ...(meta.revoked !== undefined && { revokedBefore: meta.revoked }),
    ...(meta.facts !== undefined && { facts: meta.facts }),
  };
  return { name: meta.name, times };
}

function begun(name: string, at: number, { cookie }: PayloadContext): { name: string; times: Times } {
  return { name, times: { cookie, createdAt: at, lastSeenAt: at, secret: sealedSecret(0, 0, at, 'begun') } };
}

/**
 * iron-session 6 keeps the values one level deeper, and its seals have no marker. The marker is not authenticated, so only
 * an unambiguous payload is unwrapped.
 */
function unwrapped(payload: unknown, { foreignTtl, unmarked }: PayloadContext): unknown {
  if (foreignTtl === undefined || !unmarked || !isObject(payload)) return payload;
  const { persistent } = payload;
  return Object.keys(payload).length === 1 && isObject(persistent) ? persistent : payload;
}

/**
 * When another library sealed the session, and so last saw it. Infinity if that is not known, undefined where no other
 * library seals.
 */
function sealedElsewhereAt({ foreignTtl, sealExpiresAt, now }: PayloadContext): number | undefined {
  if (foreignTtl === undefined) return undefined;
  return foreignTtl === Infinity ? now : sealExpiresAt - foreignTtl;
}

/** When the last of all seals of a session expires that were made until `now`. */
export function lastSealEnd(record: SessionRecord, policy: ExpiryPolicy, now: number): number {
  // An end by an impersonation or an identity provider does not apply to other seals of the session.
  const { facts: _, ...own } = record;
  return Math.min(absoluteDeadline(own, policy), now + MAX_SEAL_LIFE);
}

const isName = (value: unknown): value is string => typeof value === 'string' && isSessionName(value);

const isCount = (value: unknown): boolean => value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0);

const isRevokedBefore = (value: unknown): boolean =>
  value === undefined ||
  (isObject(value) && [value['user'], value['acted']].every((time) => time === undefined || isTime(time)));

const isMeta = (value: unknown): value is Meta =>
  isObject(value) &&
  value['v'] === FORMAT &&
  isName(value['name']) &&
  isCount(value['gen']) &&
  isCount(value['floor']) &&
  (value['at'] === undefined || isTime(value['at'])) &&
  isTime(value['created']) &&
  isTime(value['seen']) &&
  (value['auth'] === undefined || isTime(value['auth'])) &&
  (value['abs'] === undefined || isTime(value['abs'])) &&
  isRevokedBefore(value['revoked']) &&
  (value['facts'] === undefined || isObject(value['facts'])) &&
  (value['cookie'] === undefined || isObject(value['cookie']));
