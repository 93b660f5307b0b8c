import { describe, expect, it } from 'vitest';
import { newCookie, recordCookie } from '../engine/cookie-record.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';
import { cookieRecord } from './sealed-reader-options.js';

const usual: ResolvedCookieOptions = {
  maxAge: 1_800_000,
  httpOnly: true,
  secure: true,
  sameSite: 'lax',
  path: '/',
  domain: undefined,
  partitioned: undefined,
  priority: undefined,
};

const CASES: Partial<ResolvedCookieOptions>[] = [
  {},
  { maxAge: null },
  { secure: false, domain: 'example.com', path: '/app' },
  { secure: 'auto' },
  { secure: undefined, sameSite: undefined },
  { secure: 'auto', sameSite: 'auto' },
  { sameSite: 'none', partitioned: true, priority: 'high' },
];

describe('cookieRecord', () => {
  // Seals name the attributes that are not these, so both sides must mean the same. Seals have no expiry of the cookie.
  it.each(CASES)('is what a cookie of express-session writes into its record: %j', (more) => {
    const options = { ...usual, ...more };
    for (const auto of [true, false])
      expect(cookieRecord(options, auto)).toStrictEqual({ ...recordCookie(newCookie(options, auto)), expires: null });
  });
});
