import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { parseSetCookie } from 'cookie';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.js';
import { newSecret } from '../../core/session-name.js';
import { newCookie } from '../../engine/cookie-record.js';
import type { ResolvedCookieOptions } from '../../options/session-options.js';
import { CookieSignature } from './cookie-signature.js';
import { clearSessionCookie, varyByCookie, writeSessionCookie } from './session-cookie.js';
import { SignedTokenTransport } from './signed-token.transport.js';

const NAME = '__Host-sid';
const secrets = ['a secret of more than thirty-two characters', 'one that was in use before'];
const signature = new CookieSignature(secrets, undefined);
const transport = new SignedTokenTransport({ name: NAME, secrets, clock: systemClock }, true);
const id = newSecret();
const value = encodeURIComponent(signature.sign(id));
const other = newSecret();
const otherValue = encodeURIComponent(signature.sign(other));

const read = (header: string | undefined) => transport.read(header);
const idsIn = (header: string | undefined) => read(header).tokens;

describe('the signed id in a Cookie header', () => {
  it.each([
    ['alone', `${NAME}=${value}`],
    ['undecoded', `${NAME}=${signature.sign(id)}`],
    ['in quotes', `${NAME}="${value}"`],
    ['first', `${NAME}=${value}; a=1; b=2`],
    ['last', `a=1; b=2; ${NAME}=${value}`],
    ['in the middle, without spaces', `a=1;${NAME}=${value};b=2`],
    ['between spaces and tabs', `a=1;\t  ${NAME}=${value} \t ; b=2`],
    ['after broken pairs', `;;;=;a;=b; ${NAME}=${value}`],
    ['after a value that names it', `a=${NAME}; ${NAME}=${value}`],
    ['twice', `${NAME}=${value}; ${NAME}=${value}`],
    ['after a forged one', `${NAME}=s%3Aforged.forged; ${NAME}=${value}`],
    ['before a forged one', `${NAME}=${value}; ${NAME}=x`],
    ['after an empty one', `${NAME}=; ${NAME}=${value}`],
    ['after fifteen forged ones', `${`${NAME}=x; `.repeat(15)}${NAME}=${value}`],
  ])('finds it %s', (_where, header) => {
    expect(read(header)).toEqual({ tokens: [id], staleSignature: false, forged: false });
  });

  it('says which one was signed with an old secret', () => {
    const old = new CookieSignature(['one that was in use before'], undefined).sign(id);
    expect(read(`${NAME}=${old}`)).toEqual({ tokens: [id], staleSignature: true, forged: false });
  });

  it('finds all that are valid, in their order', () => {
    expect(idsIn(`${NAME}=${value}; ${NAME}=${otherValue}`)).toEqual([id, other]);
    expect(idsIn(`${NAME}=${otherValue}; x=1; ${NAME}=${value}; ${NAME}=${otherValue}`)).toEqual([other, id]);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['the prefix in lower case', `__host-sid=${value}`],
    ['the prefix in upper case', `__HOST-SID=${value}`],
    ['the prefix encoded', `%5F_Host-sid=${value}`],
    ['the prefix encoded at the end', `__Host%2Dsid=${value}`],
    ['dots for underscores', `..Host-sid=${value}`],
    ['a nameless cookie', `=${NAME}=${value}`],
    ['a nameless cookie after a space', `= ${NAME}=${value}`],
    ['a no-break space before it', `\u00a0${NAME}=${value}`],
    ['an en quad before it', `\u2000${NAME}=${value}`],
    ['a byte order mark before it', `\ufeff${NAME}=${value}`],
    ['a vertical tab before it', `\v${NAME}=${value}`],
    ['a no-break space after the name', `${NAME}\u00a0=${value}`],
    ['a space after the name', `${NAME} =${value}`],
    ['a comma before it', `a=1,${NAME}=${value}`],
    ['a longer name', `x${NAME}=${value}`],
    ['a name that begins with it', `${NAME}2=${value}`],
    ['a name without a value', NAME],
    ['$Version before it', `$Version=1,${NAME}=${value}`],
    ['a value of another cookie', `a="${NAME}=${value}"`],
  ])('takes %s for no cookie of ours', (_what, header) => {
    expect(read(header)).toEqual({ tokens: [], staleSignature: false, forged: false });
  });

  it.each([
    ['nothing', ''],
    ['a no-break space after it', `${value}\u00a0`],
    ['a no-break space before it', `\u00a0${value}`],
    ['an encoded space after it', `${value}%20`],
    ['a quote at its beginning', `"${value}`],
    ['a quote at its end', `${value}"`],
    ['quotes around quotes', `""${value}""`],
    ['a quote alone', '"'],
    ['broken percent signs', '%E0%A4%A'],
    ['a percent sign alone', '%'],
    ['two times encoded', encodeURIComponent(value)],
    ['NUL', 's%3A%00.%00'],
    ['a truncated value', value.slice(0, -1)],
    ['16 KB', 's%3A'.padEnd(16_384, 'a')],
    ['16 KB of percent signs', '%25'.repeat(5_400)],
  ])('takes a value of %s for a forged one', (_what, wrong) => {
    expect(read(`${NAME}=${wrong}`)).toEqual({ tokens: [], staleSignature: false, forged: true });
  });

  it('asks for few ids and looks at few values, however many there are', () => {
    const many = Array.from({ length: 12 }, () => encodeURIComponent(signature.sign(newSecret())));
    expect(idsIn(many.map((one) => `${NAME}=${one}`).join('; '))).toHaveLength(4);
    expect(read(`${`${NAME}=s%3Aa.b; `.repeat(3_000)}${NAME}=${value}`)).toEqual({
      tokens: [],
      staleSignature: false,
      forged: true,
    });
  });

  it('reads in linear time', () => {
    // The time of this process alone, and the best of some: a busy machine makes a run longer, never shorter.
    const time = (header: string) =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const start = process.cpuUsage();
          for (let i = 0; i < 5; i++) read(header);
          return process.cpuUsage(start).user / 1000;
        }),
      );
    for (const piece of [';', '; ', ' ', '=', '; a', `;${NAME}`, '%', '"', `${NAME}=`, `;${NAME}=`]) {
      const header = (length: number) => piece.repeat(length / piece.length) + NAME;
      time(header(4_096));
      // Sixteen times the length; a square would take 256 times as long.
      expect(time(header(262_144))).toBeLessThan(Math.max(time(header(16_384)), 1) * 100);
    }
  });

  it('never throws, and believes nothing that was not signed', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(NAME, '=', ';', ' ', '\t', '"', '%', 's:', 's%3A', 's2:', 's2%3A', '.', id, `${NAME}=`),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(read(pieces.join('')).tokens).toEqual([]);
      }),
    );
  });

  it('finds the valid one among any neighbours', () => {
    const neighbour = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[;"]/g, '')),
      fc.constantFrom('', 'a=1', '=', '%', NAME, `=${NAME}=${value}`, `${NAME}=forged`),
    );
    const neighbours = fc.array(neighbour, { maxLength: 7 });
    fc.assert(
      fc.property(neighbours, neighbours, (before, after) => {
        const header = [...before, ` ${NAME}=${value}`, ...after].join(';');
        expect(idsIn(header)).toEqual([id]);
      }),
    );
  });
});

const attributes: ResolvedCookieOptions = {
  maxAge: null,
  httpOnly: true,
  secure: true,
  sameSite: 'lax',
  path: '/',
  domain: undefined,
  partitioned: undefined,
  priority: undefined,
};
const aCookie = (different: Partial<ResolvedCookieOptions> = {}) => newCookie({ ...attributes, ...different }, true);
const aResponse = (headers: Record<string, string | string[] | number> = {}) => {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  for (const [name, set] of Object.entries(headers)) res.setHeader(name, set);
  return res;
};
const cookiesOf = (res: ServerResponse) => res.getHeader('Set-Cookie') as string[];
const signed = signature.sign(id);
const NOW = Date.UTC(2026, 0, 1);

describe('writeSessionCookie', () => {
  it('writes the default attributes, and no lifetime', () => {
    const res = aResponse();
    writeSessionCookie(res, NAME, signed, aCookie(), NOW);
    expect(cookiesOf(res)).toEqual([`${NAME}=${value}; Path=/; HttpOnly; Secure; SameSite=Lax`]);
  });

  it('writes every attribute', () => {
    const res = aResponse();
    const cookie = aCookie({
      domain: 'example.com',
      path: '/app',
      sameSite: 'none',
      partitioned: true,
      priority: 'high',
      maxAge: 60_000,
    });
    cookie.expires = new Date(NOW + 60_000);
    writeSessionCookie(res, 'sid', signed, cookie, NOW);
    expect(parseSetCookie(String(cookiesOf(res)[0]))).toMatchObject({
      name: 'sid',
      value: signed,
      domain: 'example.com',
      path: '/app',
      httpOnly: true,
      secure: true,
      sameSite: 'none',
      partitioned: true,
      priority: 'high',
      maxAge: 60,
      expires: new Date(NOW + 60_000),
    });
    expect(cookiesOf(res)[0]).toMatch(/Expires=Thu, 01 Jan 2026 00:01:00 GMT/);
  });

  it('writes no Secure, HttpOnly or SameSite that is not set', () => {
    const res = aResponse();
    const cookie = aCookie({ secure: false, sameSite: undefined });
    cookie.httpOnly = false;
    writeSessionCookie(res, 'sid', signed, cookie, NOW);
    expect(cookiesOf(res)).toEqual([`sid=${value}; Path=/`]);
  });

  it('counts Max-Age in whole seconds, begun ones included, and never below zero', () => {
    for (const [ms, seconds] of [
      [1_999, 2],
      [999, 1],
      [-5_000, 0],
    ] as const) {
      const res = aResponse();
      const cookie = aCookie();
      cookie.expires = new Date(NOW + ms);
      writeSessionCookie(res, NAME, signed, cookie, NOW);
      expect(parseSetCookie(String(cookiesOf(res)[0]))).toMatchObject({ maxAge: seconds });
    }
  });

  it('writes one line per name, and keeps the application’s cookies', () => {
    const res = aResponse({ 'Set-Cookie': ['app=1', `${NAME}=before`, `${NAME}2=x`, `x=${NAME}=y`] });
    writeSessionCookie(res, NAME, signed, aCookie(), NOW);
    writeSessionCookie(res, NAME, signature.sign(other), aCookie(), NOW);
    expect(cookiesOf(res)).toEqual([
      'app=1',
      `${NAME}2=x`,
      `x=${NAME}=y`,
      expect.stringContaining(`${NAME}=${otherValue};`),
    ]);
    clearSessionCookie(res, NAME, aCookie());
    expect(cookiesOf(res)).toEqual(['app=1', `${NAME}2=x`, `x=${NAME}=y`, expect.stringContaining(`${NAME}=;`)]);
  });

  it('keeps a single Set-Cookie that is a string', () => {
    const res = aResponse({ 'Set-Cookie': 'app=1' });
    writeSessionCookie(res, NAME, signed, aCookie(), NOW);
    expect(cookiesOf(res)).toEqual(['app=1', expect.stringContaining(NAME)]);
  });

  it.each([
    ['domain', 'a;b'],
    ['domain', 'a\r\nb'],
    ['path', '/;Domain=evil'],
    ['path', '/\r\nX-Evil: 1'],
  ] as const)('refuses a %s of %j', (attribute, wrong) => {
    const cookie = aCookie();
    Object.assign(cookie, { [attribute]: wrong });
    const res = aResponse();
    expect(() => writeSessionCookie(res, NAME, signed, cookie, NOW)).toThrow(TypeError);
    expect(res.getHeaderNames()).toEqual([]);
  });
});

describe('clearSessionCookie', () => {
  it.each([
    ['default', {}],
    ['all', { domain: 'example.com', path: '/app', sameSite: 'none', partitioned: true, priority: 'low' } as const],
    ['few', { secure: false, sameSite: undefined }],
  ])('takes the cookie back with the %s attributes that it was set with', (_what, different) => {
    const set = aResponse();
    const cleared = aResponse();
    writeSessionCookie(set, 'sid', signed, aCookie(different), NOW);
    clearSessionCookie(cleared, 'sid', aCookie(different));
    const { value: _value, ...given } = parseSetCookie(String(cookiesOf(set)[0]));
    expect(parseSetCookie(String(cookiesOf(cleared)[0]))).toEqual({
      ...given,
      value: '',
      maxAge: 0,
      expires: new Date(0),
    });
  });
});

describe('what caches are told', () => {
  it.each([
    [undefined, 'no-store'],
    ['public, max-age=60', 'no-store'],
    ['public, s-maxage=60, stale-while-revalidate=9', 'no-store'],
    ['private', 'no-store'],
    ['no-cache', 'no-store'],
    ['private, no-store', 'private, no-store'],
    ['No-Store', 'No-Store'],
  ])('Cache-Control: %s becomes %s', (before, after) => {
    for (const write of [
      (res: ServerResponse) => writeSessionCookie(res, NAME, signed, aCookie(), NOW),
      (res: ServerResponse) => clearSessionCookie(res, NAME, aCookie()),
    ]) {
      const res = aResponse(before === undefined ? {} : { 'Cache-Control': before });
      write(res);
      expect(res.getHeader('Cache-Control')).toBe(after);
      expect(res.getHeader('Vary')).toBe('Cookie');
    }
  });

  it.each([
    [undefined, 'Cookie'],
    ['Accept-Encoding', 'Accept-Encoding, Cookie'],
    [['Accept', 'Accept-Encoding'], 'Accept,Accept-Encoding, Cookie'],
    ['Cookie', 'Cookie'],
    ['Accept, cookie', 'Accept, cookie'],
    ['cookie , Accept', 'cookie , Accept'],
    ['*', '*'],
    ['X-Cookie', 'X-Cookie, Cookie'],
    ['Cookie2', 'Cookie2, Cookie'],
  ])('Vary: %s becomes %s', (before, after) => {
    const res = aResponse(before === undefined ? {} : { Vary: before });
    varyByCookie(res);
    varyByCookie(res);
    expect(res.getHeader('Vary')).toBe(after);
  });
});
