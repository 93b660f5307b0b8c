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

const MAX_DATE = 8_640_000_000_000_000;

/** How long the browser keeps a cookie, in milliseconds; null until it closes, which records of others write as false. */
export const maxAgeOf = (cookie: { readonly originalMaxAge?: unknown } | null | undefined): number | null =>
  typeof cookie?.originalMaxAge === 'number' && Number.isFinite(cookie.originalMaxAge) ? cookie.originalMaxAge : null;

/** The idle timeout of one session: its own, else as long as its cookie lives if the browser keeps it, else the policy's. */
export const idleTimeoutOf = (record: Pick<Times, 'cookie' | 'facts'>, policy: ExpiryPolicy): number =>
  record.facts?.idleTimeout ?? maxAgeOf(record.cookie) ?? policy.idleTimeout;

/** The deadline since login (an anonymous session: since creation), or an earlier limit: of an actor, an identity provider. */
export const absoluteDeadline = (record: Omit<Times, 'lastSeenAt'>, policy: ExpiryPolicy): number =>
  Math.min(
    (record.authenticatedAt ?? record.createdAt) + (record.absoluteTimeout ?? policy.absoluteTimeout),
    record.facts?.actor?.until ?? MAX_DATE,
    record.facts?.idp?.until ?? MAX_DATE,
    MAX_DATE,
  );

/** When a session ends if it is not used again: the earlier of both deadlines (OWASP session timeouts, ASVS V7.3). */
export const expiryOf = (record: Times, policy: ExpiryPolicy): number =>
  Math.min(record.lastSeenAt + idleTimeoutOf(record, policy), absoluteDeadline(record, policy));

/** Whether the session is over, by the record's own fields and never by the cookie or a store's TTL. */
export const isExpired = (record: SessionRecord, policy: ExpiryPolicy, now: number): boolean =>
  now >= record.expiresAt || now >= absoluteDeadline(record, policy);

/** When a session ends if it is not used again, by each deadline; Infinity for never. */
export const deadlinesOf = (
  record: Times,
  policy: ExpiryPolicy,
): { readonly idle: number; readonly absolute: number } => {
  const absolute = absoluteDeadline(record, policy);
  return {
    idle: record.lastSeenAt + idleTimeoutOf(record, policy),
    absolute: absolute >= MAX_DATE ? Infinity : absolute,
  };
};

/**
 * How long (ms) the cookie that a rotation, a login or a logout replaced may come from a late request, which can begin
 * nothing but a login. Later than that it is reuse: somewhere a copy of the cookie was kept.
 */
export const MAX_LATENESS = 60_000;

/** How far (ms) the clocks of several machines may differ. A record from further ahead is not valid. */
export const CLOCK_SKEW = 60_000;

/** Whether a record says that it was made or used later than now. */
export const isFromFuture = (
  { createdAt, authenticatedAt = 0, lastSeenAt }: Pick<Times, 'createdAt' | 'authenticatedAt' | 'lastSeenAt'>,
  now: number,
): boolean => Math.max(createdAt, authenticatedAt, lastSeenAt) > now + CLOCK_SKEW;

/** Whether enough of the idle timeout has passed to renew the session. */
export const isRenewalDue = (record: Times, policy: ExpiryPolicy, now: number): boolean =>
  now - record.lastSeenAt >= RENEW_AFTER * idleTimeoutOf(record, policy);
