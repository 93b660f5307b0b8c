import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSession,
  type Ending,
  type LockRecord,
  type SecretState,
  type SessionRecord,
  type Tombstone,
  type WritableRecord,
} from './record.js';
import { decodeRecord, encodeRecord } from './record-format.js';
import { META_KEY } from './session-data.js';

const record: SessionRecord = {
  data: { cart: [1, { a: 'ü' }], n: 0 },
  cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' },
  createdAt: 1,
  authenticatedAt: 2,
  lastSeenAt: 3,
  absoluteTimeout: 4,
  expiresAt: 5,
};

describe('records', () => {
  it('come back as they went', () => {
    expect(decodeRecord(encodeRecord(record), 9)).toEqual(record);
  });

  it('have the shape that express-session and connect-redis store', () => {
    const flat = JSON.parse(encodeRecord(record)) as Record<string, unknown>;
    expect(flat).toMatchObject({ cookie: record.cookie, ...record.data });
    expect(Object.keys(flat).sort()).toEqual([META_KEY, 'cart', 'cookie', 'n'].sort());
  });

  it('are unlike every other write of the same values', () => {
    expect(encodeRecord(record)).not.toBe(encodeRecord(record));
  });

  it('of express-session are read: seen now, never renewed, over when their cookie is', () => {
    const cookie = { originalMaxAge: 1000, expires: '2026-01-01T00:00:00.000Z', path: '/' };
    const read = decodeRecord(JSON.stringify({ cookie, userId: 7 }), 42);
    expect(read).toEqual({
      data: { userId: 7 },
      cookie,
      createdAt: 42,
      lastSeenAt: 0,
      expiresAt: Date.parse(cookie.expires),
    });
    expect(decodeRecord({ cookie: { originalMaxAge: null } }, 42)?.expiresAt).toBe(Infinity);
  });

  it.each(['', 'null', '[]', '"text"', '7', '{', '{"cookie":1}', '{"a":1}', '{"cookie":[]}'])(
    'are not made of %j',
    (text) => {
      expect(decodeRecord(text, 0)).toBeUndefined();
    },
  );

  it('drop keys that would reach a prototype, at any time', () => {
    const read = decodeRecord('{"cookie":{},"__proto__":{"polluted":1},"constructor":1,"prototype":2,"ok":3}', 0);
    expect(read).toMatchObject({ data: { ok: 3 } });
    expect(read && isSession(read) && Object.keys(read.data)).toEqual(['ok']);
    expect('polluted' in {}).toBe(false);
  });

  it('never throw on what a store gives back', () => {
    fc.assert(fc.property(fc.anything(), (stored) => void decodeRecord(stored, 0)));
    fc.assert(fc.property(fc.json(), (stored) => void decodeRecord(stored, 0)));
  });
});

describe('names that could make an object another kind of object', () => {
  it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])('are dropped at every depth: %s', (name) => {
    const text = `{"cookie":{"originalMaxAge":null},"a":[{"b":{"${name}":{"admin":true},"c":1}}]}`;
    const read = decodeRecord(text, 0);
    expect(read && isSession(read) && JSON.stringify(read.data)).toBe('{"a":[{"b":{"c":1}}]}');
  });
});

/** What is stored for a record, to be changed by a test. */
const stored = (of: WritableRecord) =>
  JSON.parse(encodeRecord(of)) as Record<string, unknown> & { [META_KEY]: Record<string, unknown> };

/** A stored record with other fields of ours. */
const withMeta = (of: WritableRecord, different: Record<string, unknown>) => {
  const flat = stored(of);
  return { ...flat, [META_KEY]: { ...flat[META_KEY], ...different } };
};

describe('the secret of a session', () => {
  const first: SecretState = { hash: 'h', generation: 0, floor: 0, by: 'begun', at: 7, nonce: 'n' };
  const renewed: SecretState = { ...first, generation: 2, floor: 1, by: 'age', was: { hash: 'w', until: 9 } };

  it.each([
    ['the first one', first],
    ['one that was renewed by age', renewed],
  ])('comes back as it went, beside what stood against its user: %s', (_what, secret) => {
    const named: SessionRecord = { ...record, secret, revokedBefore: { user: 5, acted: 6 }, facts: { aal: 2 } };
    expect(decodeRecord(encodeRecord(named), 9)).toEqual(named);
  });

  it.each([
    ['no object', 'h'],
    ['no hash', { ...first, hash: undefined }],
    ['no nonce', { ...first, nonce: 1 }],
    ['a generation that is no number', { ...first, generation: '1' }],
    ['no floor', { ...first, floor: null }],
    ['no time', { ...first, at: undefined }],
    ['no kind', { ...first, by: 3 }],
    ['a token before without an end', { ...first, was: { hash: 'w' } }],
    ['a token before that is a text', { ...first, was: 'w' }],
  ])('that is broken opens nothing: %s', (_what, secret) => {
    const read = decodeRecord(withMeta({ ...record, secret: first }, { secret }), 9);
    expect(read === undefined || (isSession(read) && read.secret === undefined)).toBe(true);
  });
});

describe('what is no session', () => {
  const endings = ['replaced', 'signed-out', 'expired', 'revoked', 'evicted', 'auth-version'] satisfies Ending[];
  const tombstone: Tombstone = { kind: 'tombstone', ended: 'replaced', at: 7, movedTo: 'next', expiresAt: 8 };
  const lock: LockRecord = { kind: 'lock', holder: 'me', expiresAt: 8 };

  it.each([tombstone, { kind: 'tombstone', ended: 'revoked', at: 7, expiresAt: 8 } as const, lock])(
    'comes back as it went: $kind $ended',
    (one) => {
      expect(decodeRecord(encodeRecord(one), 9)).toEqual(one);
      expect(isSession(one)).toBe(false);
      expect(encodeRecord(one)).not.toBe(encodeRecord(one));
    },
  );

  it.each(endings)('says why a session is over: %s', (ended) => {
    const one: Tombstone = { ...tombstone, ended };
    expect(decodeRecord(encodeRecord(one), 9)).toEqual(one);
  });

  it('has the shape of a session without values, for who else reads the store', () => {
    for (const one of [tombstone, lock]) {
      const flat = stored(one);
      expect(Object.keys(flat).sort()).toEqual([META_KEY, 'cookie'].sort());
      expect(flat['cookie']).toEqual({ originalMaxAge: null });
    }
  });

  it.each([
    ['a tombstone without a reason', withMeta(tombstone, { ended: undefined })],
    ['a tombstone with a reason of no release', withMeta(tombstone, { ended: 'bored' })],
    ['a tombstone without a time', withMeta(tombstone, { at: 'now' })],
    ['a tombstone without an end', withMeta(tombstone, { exp: null })],
    ['a lock without a holder', withMeta(lock, { holder: undefined })],
    ['a lock without an end', withMeta(lock, { exp: undefined })],
    ['a kind of no release', withMeta(lock, { kind: 'key' })],
  ])('is never taken for a session: %s', (_what, flat) => {
    expect(decodeRecord(flat, 9)).toBeUndefined();
  });

  it.each<[string, WritableRecord]>([
    ['a session', record],
    ['a tombstone', tombstone],
    ['a lock', lock],
  ])('is unknown, with the end that it names, where a later release wrote it: %s', (_what, one) => {
    const { expiresAt } = one;
    expect(decodeRecord(withMeta(one, { v: 3 }), 9)).toEqual({ kind: 'unknown', expiresAt });
    expect(decodeRecord(withMeta(one, { v: 3, exp: 'later' }), 9)).toEqual({ kind: 'unknown', expiresAt: Infinity });
    expect(isSession({ kind: 'unknown', expiresAt })).toBe(false);
  });

  it('is unknown of a later release also without a cookie, and is no session of an earlier one', () => {
    expect(decodeRecord({ [META_KEY]: { v: 4 } }, 9)).toEqual({ kind: 'unknown', expiresAt: Infinity });
    const { expiresAt: _, ...read } = decodeRecord(withMeta(record, { v: 1 }), 9) ?? {};
    expect(read).toMatchObject({ data: record.data, lastSeenAt: 0, createdAt: 9 });
  });
});
