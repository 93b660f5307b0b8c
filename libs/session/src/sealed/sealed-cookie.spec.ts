import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../errors/session-config.error.js';
import { resolveOptions } from '../options/resolve-options.js';
import type { SessionModuleOptions } from '../options/session-options.js';
import type { SealedCookieOptions } from '../seals/sealed-options.js';
import { memoryRevocation } from '../revocation/memory-revocation.js';
import { sealedCookie } from './sealed-cookie.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
const other = 'Zm5pT1xQ8wK3vB7nR2cY6hJ4dF9gL0sE';
const production = { NODE_ENV: 'production' };
const durable = { read: () => {}, raise: () => {}, revokeBefore: () => {} };

const resolve = (
  given: Partial<SealedCookieOptions> | object,
  more: SessionModuleOptions = {},
  env: Record<string, string> = {},
) => resolveOptions({ store: sealedCookie({ password, revocation: 'none', ...given }), ...more }, env);

const problemsOf = (...args: Parameters<typeof resolve>): Record<string, string> => {
  try {
    resolve(...args);
    return {};
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ path, problem }) => [path, problem]));
  }
};

describe('defaults', () => {
  it('are those of the guides of iron-session', () => {
    const options = resolve({});
    expect(options).toMatchObject({ name: 'session', idleTimeout: 1_800_000, absoluteTimeout: 28_800_000 });
    expect(options.cookie).toMatchObject({
      maxAge: 1_800_000,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure: false,
    });
    expect(resolve({}, {}, production).cookie.secure).toBe(true);
  });

  it.each<[object, number, number | null]>([
    [{ ttl: 600 }, 600_000, 600_000],
    [{ ttl: '10m' }, 600_000, 600_000],
    [{ cookieOptions: { maxAge: 600 } }, 600_000, 600_000],
    [{ ttl: 3_600, cookieOptions: { maxAge: 3_540 } }, 3_540_000, 3_540_000],
    [{ ttl: 600, cookieOptions: { maxAge: undefined } }, 600_000, null],
    [{ cookieOptions: { maxAge: undefined } }, 1_800_000, null],
    [{ cookieOptions: { sameSite: 'strict' } }, 1_800_000, 1_800_000],
  ])('of %j: idle after %d ms, cookie kept %d ms', (given, idleTimeout, maxAge) => {
    const options = resolve(given);
    expect([options.idleTimeout, options.cookie.maxAge]).toEqual([idleTimeout, maxAge]);
  });

  it('never end where that is written out twice', () => {
    expect(resolve({ ttl: 'never' }, { absoluteTimeout: false }).cookie.maxAge).toBe(400 * 86_400_000);
    expect(Object.keys(problemsOf({ ttl: 'never' }))).toEqual(['sealedCookie.cookieOptions.maxAge']);
  });

  it('need no secret, and say nothing of one', () => {
    expect(resolve({}, {}, production).notices).toEqual([]);
    expect(resolve({}).notices.join()).not.toMatch(/secret|memory store/);
  });
});

describe('what is refused at start', () => {
  it.each<[string, object, SessionModuleOptions, string, RegExp]>([
    ['no password', { password: undefined }, {}, 'password', /required.*openssl/],
    ['an empty one', { password: '' }, {}, 'password', /required/],
    ['a short one', { password: 'x1y2'.repeat(7) + 'abc' }, {}, 'password', /has 31 characters and needs 32/],
    ['one that repeats itself', { password: 'a'.repeat(40) }, {}, 'password', /guessed/],
    ['an empty map', { password: {} }, {}, 'password', /empty map/],
    ['a map with names', { password: { old: password } }, {}, 'password[old]', /whole number/],
    ['a map with a short one', { password: { 1: password, 2: 'short' } }, {}, 'password[2]', /has 5 characters/],
    ['a map with the same twice', { password: { 1: password, 2: password } }, {}, 'password[2]', /same/],
    ['another type', { password: 7 }, {}, 'password', /string/],
    ['no revocation', { revocation: undefined }, {}, 'revocation', /required.*'none'.*copies of a cookie.*V7\.4\.1/],
    ['another word', { revocation: false }, {}, 'revocation', /'none'/],
    ['something with other methods', { revocation: { read: () => {} } }, {}, 'revocation', /redisRevocation/],
    ['a ttl that is none', { ttl: 'soon' }, {}, 'ttl', /'30m'/],
    ['no time at all', { ttl: 0 }, {}, 'ttl', /'never'/],
    [
      'a cookie that outlives its seal',
      { ttl: 60, cookieOptions: { maxAge: 61 } },
      {},
      'cookieOptions.maxAge',
      /longer than ttl/,
    ],
    [
      'a cookie for years',
      { cookieOptions: { maxAge: '500d' } },
      { absoluteTimeout: false },
      'cookieOptions.maxAge',
      /400 days/,
    ],
    ['a name that is none', { cookieName: 'a b' }, {}, 'cookieName', /cookie name/],
    [
      'a prefix that browsers refuse',
      { cookieName: '__Host-x', cookieOptions: { path: '/app' } },
      {},
      'cookieName',
      /path '\/'/,
    ],
    ['scripts that read it', { cookieOptions: { httpOnly: false } }, {}, 'cookieOptions.httpOnly', /stay true/],
    ['another interop', { interop: 'jose' }, {}, 'interop', /iron-session/],
    ['chunk that is no boolean', { chunk: 4 }, {}, 'chunk', /true or false/],
    ['unknown options', { cookieNmae: 'x' }, {}, 'cookieNmae', /no such option/],
    ['longer than absoluteTimeout', { ttl: '9h' }, {}, 'cookieOptions.maxAge', /absoluteTimeout/],
  ])('%s', (_what, given, more, path, problem) => {
    const found = problemsOf(given, more);
    expect(Object.keys(found)).toEqual([`sealedCookie.${path}`]);
    expect(found[`sealedCookie.${path}`]).toMatch(problem);
    expect(JSON.stringify(found)).not.toContain(password);
  });

  it('what the module says as well', () => {
    const found = problemsOf({}, { name: 'sid', cookie: { sameSite: 'lax' }, idleTimeout: '30m' });
    expect(Object.keys(found)).toEqual(['name', 'cookie', 'idleTimeout']);
    expect(found['name']).toMatch(/sealedCookie\.cookieName/);
  });

  it('what production must not have', () => {
    expect(Object.keys(problemsOf({ cookieOptions: { secure: false } }, {}, production))).toEqual([
      'sealedCookie.cookieOptions.secure',
    ]);
    const revocation = memoryRevocation();
    expect(problemsOf({ revocation }, {}, production)['sealedCookie.revocation']).toMatch(
      /forgets logouts at a restart/,
    );
    const allowed = memoryRevocation({ allowInProduction: true });
    expect(problemsOf({ revocation: allowed }, {}, production)).toEqual({});
    expect(problemsOf({ revocation: durable }, {}, production)).toEqual({});
  });

  it('nothing of what works', () => {
    for (const given of [
      { password: { 3: other, 1: password } },
      { cookieName: '__Host-session', cookieOptions: { secure: true } },
      { chunk: true, interop: 'iron-session' },
    ])
      expect(problemsOf(given)).toEqual({});
  });
});
