import { describe, expect, it } from 'vitest';
import { absoluteDeadline, expiryOf, idleTimeoutOf, isExpired, isRenewalDue } from './deadlines.js';
import type { SessionRecord } from './record.js';

const policy = { idleTimeout: 100, absoluteTimeout: 1000 };
const record = (more: Partial<SessionRecord> = {}): SessionRecord => {
  const times = { data: {}, cookie: { originalMaxAge: null }, createdAt: 0, lastSeenAt: 0, expiresAt: 0, ...more };
  return { ...times, expiresAt: more.expiresAt ?? expiryOf(times, policy) };
};

describe('expiry', () => {
  it('is the earlier of both deadlines', () => {
    expect(expiryOf(record({ lastSeenAt: 500 }), policy)).toBe(600);
    expect(expiryOf(record({ lastSeenAt: 950 }), policy)).toBe(1000);
  });

  it('counts the absolute timeout from login, and from creation before that', () => {
    expect(absoluteDeadline(record({ createdAt: 10 }), policy)).toBe(1010);
    expect(absoluteDeadline(record({ createdAt: 10, authenticatedAt: 20 }), policy)).toBe(1020);
    expect(absoluteDeadline(record({ createdAt: 10, absoluteTimeout: 5 }), policy)).toBe(15);
  });

  it('is bounded by an impersonation, and by the session at an identity provider', () => {
    const actor = { id: 'admin', until: 300 };
    expect(expiryOf(record({ lastSeenAt: 250, facts: { actor } }), policy)).toBe(300);
    expect(absoluteDeadline(record({ facts: { actor, idp: { issuer: 'i', until: 200 } } }), policy)).toBe(200);
    expect(isExpired(record({ lastSeenAt: 250, expiresAt: 900, facts: { actor } }), policy, 300)).toBe(true);
  });

  it('takes the idle timeout of a cookie that the browser keeps from the cookie', () => {
    expect(idleTimeoutOf(record(), policy)).toBe(100);
    expect(idleTimeoutOf(record({ cookie: { originalMaxAge: 700 } }), policy)).toBe(700);
  });

  it('never ends without timeouts, in a number that dates can hold', () => {
    const never = { idleTimeout: Infinity, absoluteTimeout: Infinity };
    expect(new Date(expiryOf(record(), never)).getTime()).toBe(8_640_000_000_000_000);
  });

  it('goes by the record, and by the policy of today where that is stricter', () => {
    expect(isExpired(record({ lastSeenAt: 500 }), policy, 599)).toBe(false);
    expect(isExpired(record({ lastSeenAt: 500 }), policy, 600)).toBe(true);
    expect(isExpired(record({ expiresAt: 5000 }), policy, 1000)).toBe(true);
  });

  it('is pushed on after a tenth of the idle timeout', () => {
    expect(isRenewalDue(record(), policy, 9)).toBe(false);
    expect(isRenewalDue(record(), policy, 10)).toBe(true);
  });
});
