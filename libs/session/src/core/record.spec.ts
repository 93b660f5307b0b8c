import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, isSession, META_KEY, type SessionRecord } from './record.js';

const record: SessionRecord = {
  data: { cart: [1, { a: 'ü' }], n: 0 },
  cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' },
  createdAt: 1,
  authenticatedAt: 2,
  lastSeenAt: 3,
  absoluteTimeout: 4,
  expiresAt: 5,
};

function sessionOf(stored: string): SessionRecord | undefined {
  const read = decodeRecord(stored, 0);
  return read && isSession(read) ? read : undefined;
}

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
    const read = sessionOf('{"cookie":{},"__proto__":{"polluted":1},"constructor":1,"prototype":2,"ok":3}');
    expect(read?.data).toEqual({ ok: 3 });
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
    const data = sessionOf(text)?.data;
    expect(JSON.stringify(data)).toBe('{"a":[{"b":{"c":1}}]}');
  });
});
