import {
  createSealedSessionReader,
  SessionStoreError,
  SessionUsageError,
  type CookieSource,
} from 'nest-session/standalone';
import { describe, expect, it } from 'vitest';
import {
  cookiesOfAction,
  cookiesOfComponent,
  headersOfComponent,
  nextRequest,
  RequestCookies,
  ResponseCookies,
} from './next.js';
import { nodeExchange } from './node-exchange.js';
import { brokenRevocation, HOUR, loggedIn, MINUTE, sealedReader, type AppSession } from './support.js';

/** Everything that a session can be read from, made of a Cookie header. */
const SOURCES: Record<string, (cookie: string | undefined) => CookieSource> = {
  'a Cookie header': (cookie) => cookie,
  Headers: (cookie) => new Headers(cookie === undefined ? {} : { cookie }),
  'await headers()': headersOfComponent,
  Request: (cookie) => new Request('http://localhost/', { headers: cookie === undefined ? {} : { cookie } }),
  NextRequest: (cookie) => nextRequest(cookie),
  'await cookies() of a Server Component': cookiesOfComponent,
  'await cookies() of a server action': (cookie) => cookiesOfAction(cookie).cookies,
  'request.cookies of a NextRequest': (cookie) => nextRequest(cookie).cookies,
};

describe.each(Object.entries(SOURCES))('read() from %s', (_name, source) => {
  it.each([
    ['one cookie', {}],
    ['chunks', { text: 'x'.repeat(7_000) }],
  ])('finds the session in %s, among other cookies', async (_form, data) => {
    const sealed = sealedReader({ chunk: true });
    const cookie = await loggedIn(sealed, { id: 'ada', name: 'Ada' }, data);
    const session = await sealed.reader.read(source(`theme=dark; ${cookie}; session2=x`));
    const now = sealed.clock.now();
    expect(session).toEqual({
      data: { ...data, user: { id: 'ada', name: 'Ada' } },
      handle: expect.stringMatching(/^[\w-]{22}$/),
      createdAt: now,
      authenticatedAt: now,
      lastSeenAt: now,
      expiresAt: now + 30 * MINUTE,
    });
  });

  it('finds no session without a cookie, and with one that is not valid', async () => {
    const { reader } = sealedReader();
    expect(await reader.read(source(undefined))).toBeNull();
    expect(await reader.read(source('session=nonsense; other=1'))).toBeNull();
  });

  it('rejects when the revocation store is out of order, and never says signed out', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    const broken = createSealedSessionReader<AppSession>({ ...sealed.options, revocation: brokenRevocation() });
    await expect(broken.read(source(cookie))).rejects.toThrow(SessionStoreError);
    expect((await broken.peek(source(cookie)))?.data.user).toEqual({ id: 'ada' });
  });
});

describe('read()', () => {
  it('reads a real request of Node', async () => {
    const sealed = sealedReader();
    const { result } = await nodeExchange(await loggedIn(sealed), (req) => sealed.reader.read(req));
    expect(result?.data.user).toEqual({ id: 'ada' });
    expect((await nodeExchange(undefined, (req) => sealed.reader.read(req))).result).toBeNull();
  });

  it('finds no session in `await cookies()` after proxy.ts has cleared the cookie', async () => {
    const { reader } = sealedReader();
    const cleared = new ResponseCookies(new Headers({ 'set-cookie': 'session=; Path=/; Max-Age=0' }));
    const cookies = new RequestCookies(new Headers({ cookie: 'session=old' }));
    // As Next.js does it for pages.
    for (const cookie of cleared.getAll()) cookies.set(cookie);
    expect(cookies.get('session')?.value).toBeUndefined();
    expect(await reader.read(cookies)).toBeNull();
  });

  it('gives every caller values of its own', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed, { id: 'ada' }, { cart: ['a'] });
    const first = await sealed.reader.read(cookie);
    first?.data.cart?.push('b');
    expect((await sealed.reader.read(cookie))?.data.cart).toEqual(['a']);
  });

  it('never extends a session: it ends by the idle timeout, to the millisecond', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    sealed.clock.advance(30 * MINUTE - 1);
    expect(await sealed.reader.read(cookie)).not.toBeNull();
    sealed.clock.advance(1);
    expect(await sealed.reader.read(cookie)).toBeNull();
  });

  it('takes one live session among several cookies of a name, and none of two', async () => {
    const sealed = sealedReader();
    const [one, two] = [await loggedIn(sealed, { id: 'one' }), await loggedIn(sealed, { id: 'two' })];
    expect((await sealed.reader.read(`session=dead; ${one}`))?.data.user?.id).toBe('one');
    expect((await sealed.reader.read(`${one}; ${one}`))?.data.user?.id).toBe('one');
    expect(await sealed.reader.read(`${one}; ${two}`)).toBeNull();
    await (await sealed.reader.open(two, new Headers())).logout();
    expect((await sealed.reader.read(`${one}; ${two}`))?.data.user?.id).toBe('one');
  });

  it('asks the revocation store once, and peek() never', async () => {
    const sealed = sealedReader();
    const cookie = await loggedIn(sealed);
    let asked = 0;
    const revocation = {
      ...brokenRevocation(),
      read: (name: string, users: readonly string[]) => {
        asked++;
        return sealed.revocation.read(name, users);
      },
    };
    const reader = createSealedSessionReader<AppSession>({ ...sealed.options, revocation });
    await reader.peek(cookie);
    expect(asked).toBe(0);
    await reader.read(cookie);
    expect(asked).toBe(1);
  });

  it('peek() lets a session in that was ended elsewhere, until its deadline, and none that is forged or expired', async () => {
    const sealed = sealedReader();
    const elsewhere = createSealedSessionReader<AppSession>(sealed.options);
    const cookie = await loggedIn(sealed);
    await (await elsewhere.open(cookie, new Headers())).logout();
    expect(await sealed.reader.read(cookie)).toBeNull();
    expect(await sealed.reader.peek(cookie)).not.toBeNull();
    expect(await elsewhere.peek(cookie)).toBeNull();
    expect(await sealed.reader.peek(cookie.replace('Fe26', 'Fe27'))).toBeNull();
    sealed.clock.advance(HOUR);
    expect(await sealed.reader.peek(cookie)).toBeNull();
  });
});

describe('something that cookies cannot be read from', () => {
  it.each<[string, unknown, RegExp]>([
    ['a number', 7, /from a number\./],
    ['an empty object', {}, /an object with the keys \(none\)/],
    ['req.cookies of an API route', { session: 'SECRET' }, /an object with the keys session\./],
    ['a promise', Promise.resolve('SECRET'), /a promise\. Await it first: `await cookies\(\)`/],
    ['a Map of strings', new Map([['session', 'SECRET']]), /a Map whose get\(\) gives a string/],
    ['cookies with other values', { get: () => ({ value: 7 }) }, /whose get\(\) gives a value that is a number/],
    ['headers that are none', { headers: null }, /keys headers/],
    ['a promise of headers', { headers: Promise.resolve(new Headers()) }, /keys headers/],
    ['a list of cookies', { headers: { cookie: ['SECRET'] } }, /keys headers/],
  ])('is refused and named: %s', async (_name, given, message) => {
    const { reader } = sealedReader();
    const refused: unknown = await reader.read(given as CookieSource).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionUsageError);
    expect(refused).toMatchObject({ code: 'SESSION_COOKIE_SOURCE', message: expect.stringMatching(message) });
    expect(String(refused)).not.toContain('SECRET');
    await expect(reader.open(given as CookieSource, new Headers())).rejects.toMatchObject({
      code: 'SESSION_COOKIE_SOURCE',
    });
  });
});
