import type { SessionRecord } from './record.js';

/** How long sessions live, in milliseconds; `Infinity` for never. */
export interface ExpiryPolicy {
  readonly idleTimeout: number;
  readonly absoluteTimeout: number;
}

type Times = Pick<
  SessionRecord,
  'cookie' | 'createdAt' | 'authenticatedAt' | 'absoluteTimeout' | 'facts' | 'lastSeenAt'
>;

/** Renewals wait until this share of the idle timeout has passed. */
const RENEW_AFTER = 0.1;

const FAR = 8_640_000_000_000_000;

/** How long the browser keeps a cookie, in milliseconds; null until it closes, which records of others write as false. */
export const maxAgeOf = (cookie: { readonly originalMaxAge?: unknown } | null | undefined): number | null =>
  typeof cookie?.originalMaxAge === 'number' && Number.isFinite(cookie.originalMaxAge) ? cookie.originalMaxAge : null;

/** The idle timeout of one session: its own, else as long as its cookie lives if the browser keeps it, else the policy's. */
export const idleTimeoutOf = (record: Pick<Times, 'cookie' | 'facts'>, policy: ExpiryPolicy): number =>
  record.facts?.idleTimeout ?? maxAgeOf(record.cookie) ?? policy.idleTimeout;

/** The deadline since login (since creation while nobody is logged in), and of whatever bounds the session besides. */
export const absoluteDeadline = (record: Omit<Times, 'lastSeenAt'>, policy: ExpiryPolicy): number =>
  Math.min(
    (record.authenticatedAt ?? record.createdAt) + (record.absoluteTimeout ?? policy.absoluteTimeout),
    record.facts?.actor?.until ?? FAR,
    record.facts?.idp?.until ?? FAR,
    FAR,
  );

/** When a session ends if it is not used again: the earlier of both deadlines (OWASP session timeouts, ASVS V7.3). */
export const expiryOf = (record: Times, policy: ExpiryPolicy): number =>
  Math.min(record.lastSeenAt + idleTimeoutOf(record, policy), absoluteDeadline(record, policy));

/** Whether the session is over, by the record's own fields and never by the cookie or a store's TTL. */
export const isExpired = (record: SessionRecord, policy: ExpiryPolicy, now: number): boolean =>
  now >= record.expiresAt || now >= absoluteDeadline(record, policy);

/** When a session ends if it is not used again, for each deadline by itself; Infinity for never. */
export const deadlinesOf = (
  record: Times,
  policy: ExpiryPolicy,
): { readonly idle: number; readonly absolute: number } => {
  const absolute = absoluteDeadline(record, policy);
  return { idle: record.lastSeenAt + idleTimeoutOf(record, policy), absolute: absolute >= FAR ? Infinity : absolute };
};

/**
 * How long a cookie that a rotation, a login or a logout has replaced is taken for that of a late request (ms): it begins
 * nothing but a login. After that a copy of it was kept.
 */
export const MAX_LATENESS = 60_000;

/** Clocks of several machines differ by this much at most (ms): a record from further ahead was not made by any of them. */
export const CLOCK_SKEW = 60_000;

/** Whether a record says that it was made or used later than now. */
export const isFromFuture = (
  { createdAt, authenticatedAt = 0, lastSeenAt }: Pick<Times, 'createdAt' | 'authenticatedAt' | 'lastSeenAt'>,
  now: number,
): boolean => Math.max(createdAt, authenticatedAt, lastSeenAt) > now + CLOCK_SKEW;

/** Whether enough of the idle timeout has passed to push the deadline on. */
export const isRenewalDue = (record: Times, policy: ExpiryPolicy, now: number): boolean =>
  now - record.lastSeenAt >= RENEW_AFTER * idleTimeoutOf(record, policy);
