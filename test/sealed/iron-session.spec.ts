import { getIronSession as getIronSession9, sealData, type SessionOptions } from 'iron-session';
import { getIronSession as getIronSession8 } from 'iron-session-8';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HttpClient } from '../support/http-client.js';
import { otherPassword, password, startSealedApp, type SealedApp } from './sealed-app.js';

const MINUTE = 60_000;
const open: SealedApp[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

const start: typeof startSealedApp = async (given, more) => {
  const app = await startSealedApp({ interop: 'iron-session', ...given }, more);
  open.push(app);
  return app;
};

type Values = Record<string, unknown> & { user?: { id: string } };
// Called in the same way, with other types.
const versions = { '9': getIronSession9, '8': getIronSession8 as unknown as typeof getIronSession9 };
type Version = keyof typeof versions;

/** iron-session on the cookies of a browser, as Next.js gives them to it. */
async function ironSession(browser: HttpClient, version: Version = '9', more: Partial<SessionOptions> = {}) {
  const { jar, baseUrl } = browser;
  const values = new Map((await jar.getCookies(baseUrl)).map(({ key, value }) => [key, value]));
  const cookies = {
    get: (name: string) => (values.has(name) ? { name, value: values.get(name) ?? '' } : undefined),
    getAll: () => [...values].map(([name, value]) => ({ name, value })),
    set: (name: string, value: string, options: { maxAge?: number }) => {
      values.set(name, value);
      jar.setCookieSync(`${name}=${value}; Path=/${options.maxAge === 0 ? '; Max-Age=0' : ''}`, baseUrl);
    },
  };
  const options = { password, cookieName: 'sid', ttl: 1_800, cookieOptions: { secure: false }, ...more };
  return versions[version]<Values>(cookies as never, options);
}

const status = async (client: HttpClient) => (await client.get('/me')).status;
const values = async (client: HttpClient) => (await (await client.get('/values')).json()) as Values;

describe.each(Object.keys(versions) as Version[])('iron-session %s', (version) => {
  it('reads what this package sealed', async () => {
    const app = await start();
    const client = await app.login();
    await client.post('/values', { cart: [1, { ü: 'x' }] });
    const session = await ironSession(client, version);
    expect(session).toMatchObject({ user: { id: 'u1' }, cart: [1, { ü: 'x' }] });
  });

  it('seals what this package reads', async () => {
    const app = await start();
    const client = app.client();
    const session = await ironSession(client, version);
    Object.assign(session, { user: { id: 'u7' }, theme: 'dark' });
    await session.save();
    expect(await status(client)).toBe(200);
    expect(await values(client)).toEqual({ user: { id: 'u7' }, theme: 'dark' });
  });

  it('shares one session back and forth: each sees what the other wrote', async () => {
    const app = await start();
    const client = await app.login();
    for (let i = 0; i < 3; i++) {
      const there = await ironSession(client, version);
      there['there'] = i;
      await there.save();
      expect(await values(client)).toMatchObject({ there: i });
      await client.post('/values', { here: i });
      expect(await ironSession(client, version)).toMatchObject({ there: i, here: i, user: { id: 'u1' } });
    }
    const last = await ironSession(client, version);
    last.destroy();
    await last.save();
    expect(await status(client)).toBe(401);
  });

  it('opens seals of all passwords of a map, and so does this package', async () => {
    const app = await start({ password: { 1: password, 2: otherPassword } });
    const client = app.client();
    const old = await ironSession(client, version);
    old.user = { id: 'u1' };
    await old.save();
    const [line = ''] = (await client.get('/me')).headers.getSetCookie();
    expect(line).toMatch(/^sid=Fe26\.2\*2\*/);
    const both = await ironSession(client, version, { password: { 1: password, 2: otherPassword } });
    expect(both.user).toEqual({ id: 'u1' });
  });

  it('makes seals of the same form', async () => {
    const app = await start();
    const client = await app.login();
    const shape = (seal = '') =>
      decodeURIComponent(seal).replace(/[\w-]{20,}/g, (part) =>
        /^[0-9a-f]+$/.test(part) ? `hex${part.length}` : 'b64',
      );
    const ours = shape(await client.cookie());
    const browser = app.client();
    const session = await ironSession(browser, version);
    session.user = { id: 'u1' };
    await session.save();
    const theirs = shape(await browser.cookie());
    const timeless = (text: string) => text.replace(/\*\d{13}\*/, '*time*');
    expect(timeless(ours)).toBe(timeless(theirs));
  });
});

describe('iron-session 6', () => {
  /** What it sealed: the values one level down, and no marker behind the seal. */
  const sealedBy6 = async (values: object, marker = '') =>
    (await sealData(values, { password, ttl: 1_800 })).replace(/~2$/, marker);
  const valuesOf = async (app: SealedApp, seal: string) => {
    const client = app.client();
    await client.jar.setCookie(`sid=${seal}; Path=/`, app.url);
    return values(client);
  };

  it('seals what this package reads, and iron-session 8 unwraps as well', async () => {
    const app = await start();
    const seal = await sealedBy6({ persistent: { user: { id: 'u6' }, theme: 'dark' } });
    expect(await valuesOf(app, seal)).toEqual({ user: { id: 'u6' }, theme: 'dark' });
  });

  it('is recognized by nothing that a visitor can bring about: neither a value of that name nor a marker', async () => {
    const app = await start();
    const persistent = { user: { id: 'u6' } };
    expect(await valuesOf(app, await sealedBy6({ persistent }, '~2'))).toMatchObject({ persistent });
    expect(await valuesOf(app, await sealedBy6({ persistent, n: 1 }))).toMatchObject({ persistent, n: 1 });
    const client = app.client();
    await client.post('/values', { persistent });
    const stripped = (await client.cookie())?.replace(/~2$/, '') ?? '';
    expect(await valuesOf(app, stripped)).toMatchObject({ persistent });
  });
});

describe('chunks', () => {
  it('are read in both directions, and taken away when they are not needed any more', async () => {
    const app = await start({ chunk: true });
    const client = await app.login();
    await client.post('/values', { big: 'x'.repeat(7_000) });
    const there = await ironSession(client, '9', { chunk: true });
    expect(there['big']).toHaveLength(7_000);
    there['big'] = 'y'.repeat(9_000);
    await there.save();
    expect(await values(client)).toMatchObject({ big: 'y'.repeat(9_000) });
    await client.post('/values', { big: null });
    expect(await ironSession(client)).toMatchObject({ user: { id: 'u1' } });
  });
});

describe('the age of what iron-session sealed', () => {
  const sealedFor = async (app: SealedApp, ttl: number) => {
    const client = app.client();
    const session = await ironSession(client, '9', { ttl, cookieOptions: { secure: false, maxAge: 1_000 } });
    session.user = { id: 'u1' };
    await session.save();
    return client;
  };

  it('is that of the seal: it ends with its ttl, without the minute of grace', async () => {
    const app = await start();
    const client = await sealedFor(app, 1_800);
    const cookie = `sid=${await client.cookie()}`;
    const ask = async () => (await app.client().get('/me', { cookie })).status;
    app.clock.advance(30 * MINUTE - 5_000);
    expect(await ask()).toBe(200);
    app.clock.advance(10_000);
    expect(await ask()).toBe(401);
  });

  it('cannot be told where it was sealed for longer than the options say, or for ever: it is refused, by name', async () => {
    const app = await start();
    for (const ttl of [3_600, 0]) expect(await status(await sealedFor(app, ttl))).toBe(401);
    expect(app.events.filter(({ name }) => name === 'invalid')).toMatchObject([{ reason: 'time' }, { reason: 'time' }]);
    const never = await start({ ttl: 'never' }, { absoluteTimeout: false });
    expect(await status(await sealedFor(never, 0))).toBe(200);
  });

  it('counts for the absolute timeout from the first seal, which later ones carry on', async () => {
    const app = await start({}, { absoluteTimeout: '1h' });
    const client = await sealedFor(app, 1_800);
    for (let i = 0; i < 5; i++) {
      app.clock.advance(11 * MINUTE);
      expect(await status(client)).toBe(200);
    }
    app.clock.advance(6 * MINUTE);
    expect(await status(client)).toBe(401);
    expect(app.events).toContainEqual(expect.objectContaining({ name: 'expired', reason: 'absolute' }));
  });
});

describe('ending what iron-session sealed', () => {
  it('ends the copy that it sealed and those that were made of it', async () => {
    const app = await start();
    const client = app.client();
    const session = await ironSession(client);
    session.user = { id: 'u1' };
    await session.save();
    const original = await client.clone();
    expect(await status(client)).toBe(200);
    expect(await client.cookie()).not.toBe(await original.cookie());
    const resealed = await client.clone();
    const again = await ironSession(client);
    again['more'] = 1;
    await again.save();
    await client.post('/logout');
    for (const copy of [original, resealed]) expect(await status(copy)).toBe(401);
  });

  it('by user ends what was sealed before, and lets in what is sealed afterwards', async () => {
    const app = await start();
    const login = async () => {
      const client = app.client();
      const session = await ironSession(client);
      session.user = { id: 'u1' };
      await session.save();
      return client;
    };
    const [seen, unseen] = [await login(), await login()];
    expect(await status(seen)).toBe(200);
    // The time of a seal is all there is to tell by, and iron-session goes by the real one.
    app.clock.advance(Date.now() - app.clock.now());
    await app.registry.revokeAll('u1');
    expect([await status(seen), await status(unseen)]).toEqual([401, 401]);
    await vi.waitUntil(() => Date.now() > app.clock.now(), { interval: 1 });
    expect(await status(await login())).toBe(200);
  });
});

describe('without interop', () => {
  it('neither reads what the other sealed, with the same password', async () => {
    const app = await start({ interop: undefined });
    const client = await app.login();
    expect(Object.keys(await ironSession(client))).toEqual([]);
    const browser = app.client();
    const session = await ironSession(browser);
    session.user = { id: 'u1' };
    await session.save();
    expect(await status(browser)).toBe(401);
    expect(app.events).toContainEqual({ name: 'invalid', reason: 'foreign-purpose' });
  });
});
