import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionModuleOptions } from 'nest-session';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms, type Platform } from '../support/nest-app.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** A store for the suite, made anew for each application. */
export interface SuiteStore {
  readonly store: NonNullable<SessionModuleOptions['store']>;
  /** Options of the module that the store was made by, and that the module is not given. */
  readonly decides?: readonly (keyof SessionModuleOptions)[];
  cleanup(): Promise<void>;
}

export interface SuiteTraits {
  /** The store goes by the injected clock, so that a test can let time pass. */
  readonly ownClock: boolean;
  /**
   * Each session is in its own cookie: the browser needs a new one after every write, and what needs a store that
   * requests share is refused.
   */
  readonly recordInCookie?: boolean;
  /** The id is the key: a rotation moves the record, and the handle changes with it. */
  readonly plain?: boolean;
  /** @default all */
  readonly platforms?: readonly Platform[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const json = async (response: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await response).json()) as Record<string, unknown>;

/** Without the copies of records that the `cache` option sends along. */
const cookiesOf = async (response: Promise<Response>): Promise<string[]> =>
  (await response).headers.getSetCookie().filter((line) => !/^[^=]+\.cache=/.test(line));

/** What a session module promises, over HTTP, for one store on both platforms. */
export function describeSessions(
  name: string,
  open: (clock: TestClock, options: SessionModuleOptions) => Promise<SuiteStore>,
  traits: SuiteTraits,
  always: SessionModuleOptions = {},
): void {
  describe.each(traits.platforms ?? platforms)(`sessions on ${name}, %s`, (platform: Platform) => {
    let session: TestApp;
    let suite: SuiteStore;
    let clock: TestClock;

    const start = async (options: SessionModuleOptions = {}) => {
      clock = new TestClock();
      suite = await open(clock, options);
      const { store, decides = [] } = suite;
      const left = Object.entries(options).filter(([key]) => !decides.includes(key as keyof SessionModuleOptions));
      session = await startTestApp(platform, { store, clock, ...always, ...Object.fromEntries(left) });
    };
    const stop = async () => {
      await session.close();
      await suite.cleanup();
    };
    const status = async (client: HttpClient, path = '/me') => (await client.get(path)).status;

    describe('with default options', () => {
      beforeAll(() => start());
      afterAll(() => stop());
      beforeEach(() => void (session.events.length = 0));

      it('reads as an anonymous visitor without a record or a cookie', async () => {
        const client = session.client();
        for (const path of ['/anonymous', '/values', '/me']) expect(await cookiesOf(client.get(path))).toEqual([]);
        expect(await status(client)).toBe(401);
      });

      it('signs in under another name, keeps what keep names, and ends the anonymous session', async () => {
        const client = session.client();
        await client.post('/values', { cart: [1], secret: 'x' });
        const before = await client.clone();
        await client.post('/login', { id: 'u1', keep: ['cart'] });
        expect(await client.cookie()).not.toBe(await before.cookie());
        const me = await json(client.get('/me'));
        expect(me).toMatchObject({ user: { id: 'u1' }, same: true });
        expect(await json(client.get('/values'))).toMatchObject({ cart: [1], user: { id: 'u1' } });
        expect(await json(client.get('/values'))).not.toHaveProperty('secret');
        expect(await status(before)).toBe(401);
        expect(await json(before.get('/values'))).toEqual({});
        expect(session.events).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ name: 'created', reason: 'login', userId: 'u1' }),
            expect.objectContaining({ name: 'login', userId: 'u1' }),
            expect.objectContaining({ name: 'destroyed', reason: 'replaced' }),
          ]),
        );
      });

      it('rotates at regenerate, which keeps name, values and times, and begins another name for another user', async () => {
        const client = await session.login();
        const first = await client.clone();
        await client.post('/values', { theme: 'dark' });
        const before = (await json(client.get('/me')))['info'] as Record<string, number>;
        clock.advance(1000);
        await client.post('/rotate');
        expect(await status(first)).toBe(401);
        const after = await json(client.get('/me'));
        expect(after['info']).toMatchObject({
          createdAt: before['createdAt'],
          authenticatedAt: before['authenticatedAt'],
        });
        expect((after['info'] as Record<string, unknown>)['handle'] === before['handle']).toBe(traits.plain !== true);
        expect(await json(client.get('/values'))).toMatchObject({ theme: 'dark' });
        const second = await client.clone();
        await client.post('/login', { id: 'u2' });
        expect(await status(second)).toBe(401);
        const last = await json(client.get('/me'));
        expect(last).toMatchObject({ user: { id: 'u2' } });
        expect((last['info'] as Record<string, unknown>)['handle']).not.toBe(before['handle']);
      });

      it('signs out in the store and in the browser', async () => {
        const client = await session.login();
        const thief = await client.clone();
        const [cleared] = await cookiesOf(client.post('/logout'));
        expect(cleared).toMatch(
          /^sid=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax$/,
        );
        expect(await client.cookie()).toBeUndefined();
        expect(await status(client)).toBe(401);
        expect(await status(thief)).toBe(401);
        expect(session.events).toContainEqual(expect.objectContaining({ name: 'logout', userId: 'u1' }));
        expect(await cookiesOf(session.client().post('/logout'))).toEqual([]);
      });

      it('destroys', async () => {
        const client = await session.login();
        const thief = await client.clone();
        expect((await client.post('/destroy')).status).toBe(204);
        expect(await status(thief)).toBe(401);
        expect(session.events).toContainEqual(expect.objectContaining({ name: 'destroyed', userId: 'u1' }));
      });

      it('refuses to sign in on GET unless that is asked for, and without a user id', async () => {
        const client = session.client();
        expect((await client.get('/login')).status).toBe(500);
        expect(await status(client)).toBe(401);
        expect((await client.post('/login-nobody')).status).toBe(500);
        expect(await status(client)).toBe(401);
        expect((await client.get('/login?allow=yes')).status).toBe(200);
        expect(await status(client)).toBe(200);
      });

      it('stays signed in when the handler throws after login', async () => {
        const client = session.client();
        expect((await client.post('/login-then-throw')).status).toBe(500);
        expect(await status(client)).toBe(200);
      });

      it('lets in users with the role, and no others', async () => {
        const user = await session.login('u1', { roles: ['user'] });
        const admin = await session.login('u2', { roles: ['admin', 'user'] });
        expect(await status(user, '/admin')).toBe(403);
        expect(await status(admin, '/admin')).toBe(200);
        expect(await status(session.client(), '/admin')).toBe(401);
      });

      it('sends browsers to the login page and back, and keeps guarded pages out of caches', async () => {
        const html = { accept: 'text/html,application/xhtml+xml' };
        const response = await session.client().get('/me?tab=1', html);
        expect(response.status).toBe(302);
        expect(response.headers.get('location')).toBe('/login?returnTo=%2Fme%3Ftab%3D1');
        const post = await session.client().post('/rotate', {}, html);
        expect([post.status, post.headers.get('location')]).toEqual([303, '/login']);
        const client = await session.login();
        const me = await client.get('/me', html);
        expect(me.headers.get('cache-control')).toBe('private, no-store');
        expect(me.headers.get('vary')).toMatch(/Cookie/);
      });

      it('counts nested changes, and writes and sends nothing for a clean session', async () => {
        const client = session.client();
        expect(await cookiesOf(client.post('/push?n=a'))).toHaveLength(1);
        expect(await cookiesOf(client.post('/push?n=b'))).toHaveLength(traits.recordInCookie ? 1 : 0);
        expect(await json(client.get('/values'))).toEqual({ basket: { items: ['a', 'b'] } });
        const clean = await client.get('/anonymous');
        const bare = await session.client().get('/anonymous');
        const names = (response: Response) => [...response.headers.keys()].filter((header) => header !== 'date');
        expect(names(clean)).toEqual(names(bare));
      });

      it('saves before a redirect, saves now, and reloads', async () => {
        const client = session.client();
        expect((await client.post('/save-redirect')).status).toBe(303);
        expect(await json(client.get('/values'))).toEqual({ saved: true });
        await client.post('/save-now');
        expect(await json(client.post('/reload'))).toEqual({ saved: true, now: 1, later: 2 });
      });

      it('lets the last writer of one key win, and says so', async () => {
        const client = session.client();
        await client.post('/values', { list: [0] });
        const both = ['a', 'b'].map((value) => client.post(`/values?wait=${value}`, { list: [value] }));
        for (const value of ['a', 'b']) await session.turnstile.arrived(value);
        session.turnstile.release('a');
        await both[0];
        session.turnstile.release('b');
        await both[1];
        expect(await json(client.get('/values'))).toEqual({ list: ['b'] });
        expect(session.events).toContainEqual(expect.objectContaining({ name: 'conflict', keys: ['list'] }));
      });

      if (traits.recordInCookie) {
        it('says clearly what needs a store, and loses nothing by it', async () => {
          const client = await session.login();
          await client.post('/values', { n: 1 });
          for (const [path, what] of [
            ['/count', 'update()'],
            ['/locked', '@SessionLock()'],
          ] as const) {
            session.errors.length = 0;
            expect((await client.post(path)).status).toBe(500);
            const [error] = session.errors;
            expect(error).toMatchObject({ code: 'SESSION_NEEDS_STORE' });
            expect((error as Error).message).toContain(`${what} needs a store`);
          }
          expect(await json(client.get('/values'))).toMatchObject({ n: 1, user: { id: 'u1' } });
        });
      } else {
        it('loses no update of overlapping requests, and keeps what one deleted deleted', async () => {
          const client = session.client();
          await client.post('/values', { gone: 1, kept: 1 });
          const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
          const overlapping = keys.map((key) =>
            client.post(`/values?wait=${key}`, key === 'k0' ? { gone: null } : { [key]: key }),
          );
          for (const key of keys) await session.turnstile.arrived(key);
          for (const key of keys) session.turnstile.release(key);
          for (const response of await Promise.all(overlapping)) expect(response.status).toBe(200);
          const expected = Object.fromEntries(keys.slice(1).map((key) => [key, key]));
          expect(await json(client.get('/values'))).toEqual({ kept: 1, ...expected });
          expect(session.events.filter(({ name }) => name === 'conflict')).toEqual([]);
        });

        it('counts 50 parallel updates as 50', async () => {
          const client = session.client();
          await client.post('/count');
          const answers = await Promise.all(Array.from({ length: 50 }, () => json(client.post('/count'))));
          expect(new Set(answers.map(({ n }) => n)).size).toBe(50);
          expect(await json(client.get('/values'))).toEqual({ n: 51 });
        });

        it('runs locked routes one at a time, each seeing what the one before saved, and gives up in time', async () => {
          const client = session.client();
          await client.post('/values', { n: 0 });
          const answers = await Promise.all(Array.from({ length: 8 }, () => json(client.post('/locked'))));
          expect(new Set(answers.map(({ n }) => n))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
          const first = client.post('/locked?wait=inside');
          await session.turnstile.arrived('inside');
          const late = await client.post('/locked');
          expect([late.status, ((await late.json()) as { code?: string }).code]).toEqual([409, 'SESSION_LOCKED']);
          session.turnstile.release('inside');
          expect(await json(first)).toEqual({ n: 9 });
          expect(await json(client.post('/locked'))).toEqual({ n: 10 });
        });
      }

      it.each([
        ['logout', '/logout', 'ended'],
        ['rotation', '/rotate', 'rotated'],
        ['login', '/login', 'rotated'],
        ['destruction', '/destroy', 'ended'],
      ])('lets %s win over a request in flight', async (_what, path, reason) => {
        const client = await session.login();
        const old = await client.clone();
        const changed = old.post('/values?wait=changed', { late: true });
        const unchanged = old.get('/slow?wait=unchanged');
        await session.turnstile.arrived('changed');
        await session.turnstile.arrived('unchanged');
        await client.post(path, { id: 'u1' });
        session.turnstile.release('changed');
        session.turnstile.release('unchanged');
        expect(await cookiesOf(changed)).toEqual([]);
        expect(await cookiesOf(unchanged)).toEqual([]);
        expect(await status(old)).toBe(401);
        expect(await json(old.get('/values'))).toEqual({});
        const told = traits.plain ? 'ended' : reason;
        expect(session.events).toContainEqual(expect.objectContaining({ name: 'rejected', reason: told }));
      });

      it('gives a request that comes late with a rotated id no cookie that undoes the new one', async () => {
        const client = session.client();
        await client.post('/values', { cart: [1] });
        const old = await client.clone();
        await client.post('/login', { id: 'u1' });
        expect(await cookiesOf(old.post('/values', { cart: [2] }))).toEqual([]);
        expect(session.events).toContainEqual(expect.objectContaining({ name: 'rejected', reason: 'rotated' }));
        expect(await status(client)).toBe(200);
      });

      it('answers two logins with the same old id, each with a session of its own', async () => {
        const client = session.client();
        await client.post('/values', { cart: [1] });
        const old = await client.clone();
        const both = await Promise.all([client, old].map((one) => one.post('/login', { id: 'u1', keep: ['cart'] })));
        expect(both.map((response) => response.status)).toEqual([200, 200]);
        for (const one of [client, old]) expect(await json(one.get('/values'))).toMatchObject({ user: { id: 'u1' } });
        expect(await client.cookie()).not.toBe(await old.cookie());
      });

      it('keeps the sessions of parallel requests apart', async () => {
        const clients = await Promise.all(Array.from({ length: 20 }, (_, index) => session.login(`u${index}`)));
        const users = await Promise.all(clients.map((client) => json(client.get('/me'))));
        expect(users.map(({ user }) => (user as { id: string }).id)).toEqual(clients.map((_, index) => `u${index}`));
      });

      it('finds the live session among several cookies of its name, in any order, and none among two live ones', async () => {
        const [one, two, dead] = [await session.login('u1'), await session.login('u2'), await session.login('u3')];
        const cookie = async (client: HttpClient) => `sid=${await client.cookie()}`;
        const [live, other, stale] = [await cookie(one), await cookie(two), await cookie(dead)];
        await dead.post('/logout');
        const ask = async (...cookies: string[]) =>
          (await session.client().get('/me', { cookie: cookies.join('; ') })).status;
        expect(await ask(live, stale)).toBe(200);
        expect(await ask(stale, 'sid=forged', live)).toBe(200);
        expect(await ask(live, live)).toBe(200);
        expect(await ask(live, other)).toBe(401);
        expect(await ask(other, live)).toBe(401);
        expect(session.events).toContainEqual({ name: 'invalid', reason: 'ambiguous' });
      });

      it('signs in and out with two live cookies of its name in the browser, and ends both', async () => {
        const cookie = async (client: HttpClient) => `sid=${await client.cookie()}`;
        const ask = async (path: string, header: string, method: 'get' | 'post' = 'get') => {
          const client = session.client();
          return method === 'get'
            ? client.get(path, { cookie: header })
            : client.post(path, { id: 'u3' }, { cookie: header });
        };
        for (const path of ['/login', '/logout']) {
          const [one, two] = [await session.login('u1'), await session.login('u2')];
          const both = `${await cookie(one)}; ${await cookie(two)}`;
          expect((await ask(path, both, 'post')).ok).toBe(true);
          for (const client of [one, two]) expect(await status(client)).toBe(401);
        }
      });

      it('tells events and answers by handle, and never the secret', async () => {
        const client = await session.login();
        const cookie = decodeURIComponent((await client.cookie()) ?? '');
        const [first = '', , secret = ''] = cookie.split('.');
        const id = traits.recordInCookie ? (cookie.split('*')[7] ?? '') : traits.plain ? first.slice(2) : secret;
        expect(id).toMatch(/^[\w-]{43}$/);
        const answer = await (await client.get('/me')).text();
        await client.post('/rotate');
        await client.post('/logout');
        expect(answer + JSON.stringify(session.events)).not.toContain(id);
      });

      it('refuses SessionService outside a request', () => {
        expect(() => session.sessions.current).toThrow(/SessionService.current was called outside a request/);
      });

      it('answers @NoSession() routes, signed in or not', async () => {
        const client = await session.login();
        expect(await status(client, '/health/live?deep=1')).toBe(200);
      });
    });

    describe('over time', () => {
      beforeAll(() => start({ idleTimeout: '30m', absoluteTimeout: '2h' }));
      afterAll(() => stop());
      beforeEach(() => void (session.events.length = 0));

      if (traits.ownClock) {
        it('ends an idle session, and renewals push that on', async () => {
          const client = await session.login();
          for (let i = 0; i < 3; i++) {
            clock.advance(29 * MINUTE);
            expect(await status(client)).toBe(200);
          }
          clock.advance(31 * MINUTE);
          expect(await status(client)).toBe(401);
        });
      }

      it('ends a session by the absolute timeout, however much it is used', async () => {
        const client = await session.login();
        for (let minutes = 0; minutes < 110; minutes += 10) {
          clock.advance(10 * MINUTE);
          expect(await status(client)).toBe(200);
        }
        clock.advance(11 * MINUTE);
        expect(await status(client)).toBe(401);
      });

      it('starts both deadlines anew at login, and neither at regenerate', async () => {
        const client = await session.login();
        clock.advance(29 * MINUTE);
        await client.post('/rotate');
        const rotated = (await json(client.get('/me')))['info'] as Record<string, number>;
        await client.post('/login', { id: 'u1' });
        const again = (await json(client.get('/me')))['info'] as Record<string, number>;
        expect((again['authenticatedAt'] ?? 0) - (rotated['authenticatedAt'] ?? 0)).toBe(29 * MINUTE);
      });

      it('remembers one login in the browser for as long as it asked, in place of both timeouts', async () => {
        const client = session.client();
        const [cookie] = await cookiesOf(client.post('/login', { id: 'u1', remember: '14d' }));
        expect(cookie).toMatch(/Max-Age=1209600; Path=\/; Expires=/);
        clock.advance(2 * HOUR + MINUTE);
        expect(await status(client)).toBe(200);
        clock.advance(15 * 24 * HOUR);
        expect(await status(client)).toBe(401);
      });
    });

    describe('with other options', () => {
      it('rolling sends the cookie with every response of a session, and none that ended meanwhile', async () => {
        await start({ rolling: true, cookie: { maxAge: '1h' } });
        const client = await session.login();
        expect((await cookiesOf(client.get('/anonymous')))[0]).toMatch(/Max-Age=3600/);
        expect(await cookiesOf(session.client().get('/anonymous'))).toEqual([]);
        const old = await client.clone();
        const slow = old.get('/slow?wait=rolling');
        await session.turnstile.arrived('rolling');
        await client.post('/logout');
        session.turnstile.release('rolling');
        expect(await cookiesOf(slow)).toEqual([]);
        await stop();
      });

      it('saveUninitialized stores sessions without values', async () => {
        await start({ saveUninitialized: true });
        const client = session.client();
        expect(await cookiesOf(client.get('/anonymous'))).toHaveLength(1);
        expect(await cookiesOf(client.get('/anonymous'))).toEqual([]);
        await stop();
      });

      it('lazy reads when something asks', async () => {
        await start({ lazy: true });
        const client = await session.login();
        expect(await status(client, '/anonymous')).toBe(200);
        expect(await json(client.get('/values'))).toMatchObject({ user: { id: 'u1' } });
        await client.post('/push?n=a');
        expect(await json(client.get('/values'))).toMatchObject({ basket: { items: ['a'] } });
        expect((await client.post('/logout')).status).toBe(204);
        expect(await status(client)).toBe(401);
        await stop();
      });

      if (!traits.recordInCookie) {
        it('resolve decides a key that two requests changed', async () => {
          await start({
            resolve: (key, base, mine, theirs) =>
              key === 'n' ? Number(mine) + Number(theirs) - Number(base ?? 0) : mine,
          });
          const client = session.client();
          await client.post('/values', { n: 10 });
          const both = ['a', 'b'].map((name) => client.post(`/values?wait=${name}`, { n: 11 }));
          for (const name of ['a', 'b']) await session.turnstile.arrived(name);
          for (const name of ['a', 'b']) session.turnstile.release(name);
          await Promise.all(both);
          expect(await json(client.get('/values'))).toEqual({ n: 12 });
          await stop();
        });
      }
    });
  });
}
