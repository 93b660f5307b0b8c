import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sealData } from 'iron-session';
import fc from 'fast-check';
import { SessionException, SessionTooLargeError } from 'nest-session';
import { HttpClient } from '../support/http-client.js';
import { platforms } from '../support/nest-app.js';
import { otherPassword, password, startSealedApp, type SealedApp } from './sealed-app.js';

const open: SealedApp[] = [];
const start: typeof startSealedApp = async (...args) => {
  const app = await startSealedApp(...args);
  open.push(app);
  return app;
};
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

const MINUTE = 60_000;
const status = async (client: HttpClient, path = '/me') => (await client.get(path)).status;
const values = async (client: HttpClient) => (await (await client.get('/values')).json()) as Record<string, unknown>;

describe('a seal that was tampered with', () => {
  let app: SealedApp;
  let seal: string;
  beforeAll(async () => {
    app = await startSealedApp();
    seal = (await (await app.login()).cookie()) ?? '';
  });
  afterAll(() => app.close());
  const me = async (value: string) => (await fetch(`${app.url}/me`, { headers: { cookie: `sid=${value}` } })).status;

  it('opens nothing, whichever character was changed', async () => {
    expect(await me(seal)).toBe(200);
    const flipped = seal.split('').map((character, at) => {
      const other = /[\w-]/.test(character) ? (character === 'A' ? 'B' : 'A') : 'x';
      return `${seal.slice(0, at)}${other}${seal.slice(at + 1)}`;
    });
    for (const value of flipped) expect([value, await me(value)]).toEqual([value, 401]);
  });

  it('opens nothing in another form of its last character, which decodes to the same bytes', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const last of alphabet) {
      if (seal.endsWith(last)) continue;
      expect(await me(seal.slice(0, -1) + last)).toBe(401);
    }
  });

  it.each([
    ['cut off', () => seal.slice(0, -10)],
    ['with something behind it', () => `${seal}x`],
    ['with a marker behind it', () => `${seal}~2`],
    ['with a field more', () => `${seal}*`],
    ['with fields swapped', () => seal.split('*').toReversed().join('*')],
    ['with another end', () => seal.replace(/\*\d{13}\*/, '*9999999999999*')],
    ['without an end', () => seal.replace(/\*\d{13}\*/, '**')],
    ['that names no password', () => seal.replace('*1*', '**')],
    ['that names a prototype', () => seal.replace('*1*', '*__proto__*')],
    ['plain JSON', () => encodeURIComponent(JSON.stringify({ user: { id: 'u1' } }))],
    ['JSON as Express writes it', () => encodeURIComponent(`j:${JSON.stringify({ user: { id: 'u1' } })}`)],
    ['a JWT without a signature', () => 'eyJhbGciOiJub25lIn0.eyJ1c2VyIjp7ImlkIjoidTEifX0.'],
    ['base64', () => Buffer.from(JSON.stringify({ user: { id: 'u1' } })).toString('base64url')],
    ['its password', () => password],
  ])('%s', async (_what, value) => {
    expect(await me(value())).toBe(401);
  });

  it('never makes a request fail, whatever the cookie is', async () => {
    const text = fc.stringMatching(/^[Fe26.*a-dD-F019_~=;"%, -]*$/);
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await me(value)).toBe(401);
      }),
      { numRuns: 150 },
    );
  });

  it('gets the same answer for every reason, which only events tell', async () => {
    const foreign = await sealData({ user: { id: 'u1' } }, { password });
    const another = await sealData({ user: { id: 'u1' } }, { password: otherPassword });
    const unknown = await sealData({ user: { id: 'u1' } }, { password: { 7: password } });
    const other = await startSealedApp({ cookieName: 'other' });
    await other.login();
    const otherName = (await (await loginAs(other)).cookie('other')) ?? '';
    await other.close();
    const answers = [];
    const reasons = [];
    for (const value of [foreign, another, unknown, otherName, 'x', `${seal.slice(0, -2)}AA`]) {
      // What earlier tests have left to be counted is told first.
      app.events.map(({ name }) => name);
      app.events.length = 0;
      const response = await fetch(`${app.url}/me`, { headers: { cookie: `sid=${value}` } });
      const headers = [...response.headers].filter(([name]) => name !== 'date');
      answers.push(JSON.stringify([response.status, headers, await response.text()]));
      reasons.push(app.events.map((event) => (event.name === 'invalid' ? event.reason : event.name)));
    }
    expect(new Set(answers).size).toBe(1);
    expect(reasons).toEqual([
      ['foreign-purpose'],
      ['tampered'],
      ['unknown-password'],
      ['tampered'],
      ['format'],
      ['tampered'],
    ]);
  });
});

const loginAs = async (app: SealedApp) => {
  const client = app.client();
  await client.post('/login', { id: 'u1' });
  return client;
};

describe('what a seal shows', () => {
  it('is nothing, in whatever decoding, and each one is unlike every other', async () => {
    const app = await start();
    const cookies = new Set<string>();
    for (let i = 0; i < 50; i++) cookies.add((await (await app.login('the-user-name')).cookie()) ?? '');
    expect(cookies.size).toBe(50);
    for (const cookie of cookies) {
      const decoded = cookie
        .split('*')
        .flatMap((part) => [
          part,
          ...(['base64url', 'hex', 'latin1'] as const).map((as) => Buffer.from(part, as).toString()),
        ]);
      expect(decoded.join(' ')).not.toMatch(/the-user-name|user|__nest_session/);
    }
  });

  it('has the attributes of the guides of iron-session by default', async () => {
    const app = await startSealedApp({ cookieName: undefined });
    const [line] = (await app.client().post('/login', { id: 'u1' })).headers.getSetCookie();
    expect(line).toMatch(/^session=Fe26\.2\*1\*[^;]*; Max-Age=1800; Path=\/; Expires=[^;]*; HttpOnly; SameSite=Lax$/);
    await app.close();
  });
});

describe('time', () => {
  it('ends an idle session to the millisecond, without any grace', async () => {
    const app = await start({ ttl: '10m' });
    const client = await app.login();
    const copy = new HttpClient(app.url);
    const cookie = `sid=${await client.cookie()}`;
    const ask = async () => (await copy.get('/me', { cookie })).status;
    app.clock.advance(10 * MINUTE - 1);
    expect(await ask()).toBe(200);
    app.clock.advance(1);
    expect(await ask()).toBe(401);
    expect(app.events).toContainEqual(expect.objectContaining({ name: 'expired', reason: 'idle', userId: 'u1' }));
  });

  it('is told of once when it is over, however many requests bring the seal', async () => {
    const app = await start({ ttl: '10m' });
    const client = await app.login();
    const copies = await Promise.all(Array.from({ length: 5 }, () => client.clone()));
    app.clock.advance(10 * MINUTE);
    expect(await Promise.all(copies.map((copy) => status(copy)))).toEqual([401, 401, 401, 401, 401]);
    expect(await status(client)).toBe(401);
    expect(app.events.filter(({ name }) => name === 'expired')).toMatchObject([{ reason: 'idle', userId: 'u1' }]);
  });

  it('pushes the idle deadline on with a new seal after a tenth of it, and not before', async () => {
    const app = await start({ ttl: '10m' });
    const client = await app.login();
    expect((await client.get('/me')).headers.getSetCookie()).toEqual([]);
    app.clock.advance(MINUTE);
    expect((await client.get('/me')).headers.getSetCookie()).toHaveLength(1);
    app.clock.advance(9 * MINUTE + 1);
    expect(await status(client)).toBe(200);
  });

  it('ends by the absolute timeout, which no copy outlives', async () => {
    const app = await start({ ttl: '10m' }, { absoluteTimeout: '30m' });
    const client = await app.login();
    for (let i = 0; i < 5; i++) {
      app.clock.advance(5 * MINUTE);
      expect(await status(client)).toBe(200);
    }
    app.clock.advance(5 * MINUTE);
    expect(await status(client)).toBe(401);
    expect(app.events).toContainEqual(expect.objectContaining({ name: 'expired', reason: 'absolute' }));
  });

  it('goes by the ttl of the reader where that is shorter', async () => {
    const long = await start({ ttl: '1h' });
    const short = await start({ ttl: '10m' }, { clock: long.clock });
    const cookie = `sid=${await (await long.login()).cookie()}`;
    const ask = async () => (await short.client().get('/me', { cookie })).status;
    long.clock.advance(10 * MINUTE - 1);
    expect(await ask()).toBe(200);
    long.clock.advance(1);
    expect(await ask()).toBe(401);
  });

  it('refuses a seal from the future, but for the difference of two clocks, and lets nothing replace it', async () => {
    const ahead = await start();
    ahead.clock.advance(MINUTE);
    const here = await start();
    here.clock.advance(ahead.clock.now() - here.clock.now() - MINUTE);
    const seal = await (await ahead.login()).cookie();
    const cookie = `sid=${seal}`;
    expect((await here.client().get('/me', { cookie })).status).toBe(200);
    here.clock.advance(-1);
    expect((await here.client().get('/me', { cookie })).status).toBe(401);
    expect(here.events).toContainEqual(expect.objectContaining({ name: 'invalid', reason: 'time' }));
    // The visitor of this process would lose the login of the other one.
    const browser = new HttpClient(here.url);
    await browser.jar.setCookie(`${cookie}; Path=/`, here.url);
    expect((await browser.post('/values', { n: 1 })).headers.getSetCookie()).toEqual([]);
    expect(await browser.cookie()).toBe(seal);
    here.clock.advance(1);
    expect(await status(browser)).toBe(200);
  });

  it("never ends where 'never' is written out, and then only", async () => {
    const app = await start({ ttl: 'never', cookieOptions: { maxAge: undefined } }, { absoluteTimeout: false });
    const client = await app.login();
    expect((await client.cookie())?.split('*')[5]).toBe('');
    app.clock.advance(399 * 24 * 60 * MINUTE);
    expect(await status(client)).toBe(200);
  });
});

describe('passwords', () => {
  it('are changed while users are signed in: the new one seals, the old one opens, and is forgotten later', async () => {
    const before = await start();
    const client = await before.login();
    const during = await start({ password: { 1: password, 2: otherPassword } }, { clock: before.clock });
    const moved = new HttpClient(during.url);
    const [line = ''] = (await moved.get('/me', { cookie: `sid=${await client.cookie()}` })).headers.getSetCookie();
    expect(line).toMatch(/^sid=Fe26\.2\*2\*/);
    const after = await start({ password: { 2: otherPassword } }, { clock: before.clock });
    const ask = async (cookie: string) => (await after.client().get('/me', { cookie })).status;
    expect(await ask(line.split(';')[0] ?? '')).toBe(200);
    expect(await ask(`sid=${await client.cookie()}`)).toBe(401);
    expect(after.events).toContainEqual({ name: 'invalid', reason: 'unknown-password' });
  });
});

describe.each(platforms)('size, %s', (platform) => {
  it('is refused before a byte is sent, with what to do, and the session stays as it was', async () => {
    const app = await start({}, { platform });
    const client = await app.login();
    await client.post('/values', { cart: ['a'] });
    const response = await client.post('/values', { big: 'x'.repeat(4_000), small: 1 });
    expect(response.status).toBe(413);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toMatchObject({ statusCode: 413, code: 'SESSION_TOO_LARGE' });
    expect(await values(client)).toEqual({ user: { id: 'u1', roles: [] }, cart: ['a'] });
  });

  it('is reported to code that saves by hand', async () => {
    const app = await start({}, { platform });
    const client = await app.login('u1', {});
    const response = await client.post('/login', { id: 'x'.repeat(4_000) });
    expect(response.status).toBe(413);
    const [error] = app.errors;
    expect(error).toBeInstanceOf(SessionException);
    const { cause } = error as SessionException;
    expect(cause).toBeInstanceOf(SessionTooLargeError);
    const { size, limit, largest } = cause as SessionTooLargeError;
    expect([size > limit, limit, largest[0]?.key]).toEqual([true, 4096, 'user']);
    expect(cause.message).toMatch(
      /takes \d+ bytes in its cookie and 4096 are possible.*user \(40\d\d bytes\).*chunk: true/s,
    );
    expect(await status(client)).toBe(200);
  });

  it('is split over up to four cookies with chunk: true, and they are cleared with it', async () => {
    const app = await start({ chunk: true }, { platform });
    const client = await app.login();
    const names = async () => (await client.jar.getCookies(app.url)).map(({ key }) => key).sort();
    await client.post('/values', { big: 'x'.repeat(7_000) });
    expect(await names()).toEqual(['sid.0', 'sid.1', 'sid.2']);
    expect(await values(client)).toMatchObject({ user: { id: 'u1' }, big: 'x'.repeat(7_000) });
    await client.post('/values', { big: 'x'.repeat(3_500) });
    expect(await names()).toEqual(['sid.0', 'sid.1']);
    await client.post('/values', { big: null });
    expect(await names()).toEqual(['sid']);
    await client.post('/values', { big: 'y'.repeat(3_500) });
    expect((await client.post('/values', { big: 'x'.repeat(13_000) })).status).toBe(413);
    expect(await values(client)).toMatchObject({ big: 'y'.repeat(3_500) });
    await client.post('/logout');
    expect(await names()).toEqual([]);
  });

  it('opens nothing with a chunk that is missing, swapped or of another session', async () => {
    const app = await start({ chunk: true }, { platform });
    const parts = async (id: string) => {
      const client = await app.login(id);
      await client.post('/values', { big: 'x'.repeat(7_000) });
      return Promise.all([0, 1, 2].map(async (part) => (await client.cookie(`sid.${part}`)) ?? ''));
    };
    const [one, two] = [await parts('u1'), await parts('u2')];
    const ask = async (...chunks: (string | undefined)[]) => {
      const cookie = chunks.flatMap((chunk, at) => (chunk === undefined ? [] : [`sid.${at}=${chunk}`])).join('; ');
      return (await app.client().get('/me', { cookie })).status;
    };
    expect(await ask(...one)).toBe(200);
    expect(await ask(one[0], one[1])).toBe(401);
    expect(await ask(undefined, one[1], one[2])).toBe(401);
    expect(await ask(one[1], one[0], one[2])).toBe(401);
    expect(await ask(one[0], two[1], one[2])).toBe(401);
    expect(await ask(...one, two[2])).toBe(401);
  });
});
