import type { Express } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionModuleOptions } from 'nest-session';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms, type Platform } from '../support/nest-app.js';
import { nextTurn } from '../support/next-turn.js';
import { aboutTheRegistry } from '../support/routes/registry.routes.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MINUTE = 60_000;
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

/** A store that is empty when it is opened. */
export type OpenStore = (clock: TestClock) => Promise<{
  readonly store: NonNullable<SessionModuleOptions['store']>;
  cleanup(): Promise<void>;
}>;

const status = async (client: HttpClient, path = '/me') => (await client.get(path)).status;
const json = async (response: Promise<Response>) => (await (await response).json()) as Record<string, never>;
const handleOf = async (client: HttpClient) => (await json(client.get('/me')))['info']?.['handle'] as unknown as string;
/** What opens the session of a browser: `s2:<name>.<generation>.<secret>.<signature>`, or `s:<id>.<signature>`. */
const secretOf = async (client: HttpClient) => {
  const value = decodeURIComponent((await client.cookie()) ?? '');
  return (value.startsWith('s2:') ? value.split('.')[2] : value.slice('s:'.length).split('.')[0]) ?? '';
};

/** Whether a session has a name that lasts as long as its login, or its id is all that it has. */
export type Ids = 'named' | 'plain';

/** What the registry and the limits promise, over HTTP, for one store on both platforms. */
export function describeRegistry(
  name: string,
  open: OpenStore,
  on: readonly Platform[] = platforms,
  ids: Ids = 'named',
): void {
  describe.each(on)(`the registry on ${name}, %s`, (platform) => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).toReversed()) await close();
    });

    const start = async (
      options: SessionModuleOptions = {},
      trustProxy = false,
    ): Promise<TestApp & { clock: TestClock }> => {
      const clock = new TestClock();
      const { store, cleanup } = await open(clock);
      closing.push(cleanup);
      const app = await startTestApp(
        platform,
        { store, clock, ...options },
        {
          ...aboutTheRegistry,
          prepare: (it) => void (trustProxy && (it.getHttpAdapter().getInstance() as Express).set('trust proxy', 1)),
        },
      );
      closing.push(() => app.close());
      return { ...app, clock };
    };

    it('lists where a user is signed in, and shows no secret', async () => {
      const app = await start();
      const desktop = await app.login('u1', {}, FIREFOX);
      app.clock.advance(1000);
      const phone = await app.login('u1', {}, IPHONE);
      await app.login('u2');
      const listed = (await json(phone.get('/sessions'))) as unknown as Record<string, unknown>[];
      const common = { userId: 'u1', ip: '127.0.0.1', lastSeenAt: expect.any(Number) as number };
      const now = app.clock.now();
      expect(listed).toEqual([
        {
          ...common,
          handle: await handleOf(desktop),
          createdAt: now - 1000,
          authenticatedAt: now - 1000,
          expiresAt: now - 1000 + 30 * MINUTE,
          userAgent: FIREFOX,
          device: 'Firefox on Windows',
          current: false,
        },
        {
          ...common,
          handle: await handleOf(phone),
          createdAt: now,
          authenticatedAt: now,
          expiresAt: now + 30 * MINUTE,
          userAgent: IPHONE,
          device: 'Safari on iPhone',
          current: true,
        },
      ]);
      for (const client of [desktop, phone]) {
        const secret = await secretOf(client);
        expect(secret).toMatch(/^[\w-]{43}$/);
        expect(JSON.stringify(listed)).not.toContain(secret);
      }
      expect(await app.registry.count('u1')).toBe(2);
      expect((await app.registry.list('u1')).map(({ current }) => current)).toEqual([false, false]);
      expect(await app.registry.list('nobody')).toEqual([]);
      expect(await app.registry.get(await handleOf(desktop))).toMatchObject({
        userId: 'u1',
        device: 'Firefox on Windows',
      });
    });

    it('follows a session over logins, new secrets, log-outs and the end of its time', async () => {
      const app = await start();
      const [one, two, three] = [await app.login(), await app.login(), await app.login()];
      const handles = async () => (await app.registry.list('u1')).map(({ handle }) => handle).sort();
      await one.post('/rotate');
      await two.post('/login', { id: 'u1' });
      expect(await handles()).toEqual((await Promise.all([one, two, three].map(handleOf))).sort());
      await three.post('/login', { id: 'u2' });
      expect(await app.registry.count('u1')).toBe(2);
      await one.post('/logout');
      expect(await handles()).toEqual([await handleOf(two)]);
      await three.post('/abandon');
      expect(await app.registry.count('u2')).toBe(0);
      app.clock.advance(31 * MINUTE);
      expect(await handles()).toEqual([]);
    });

    it.each(['update', 'registry.update'])('changes who is signed in by no %s', async (way) => {
      const app = await start();
      const client = await app.login();
      const handle = await handleOf(client);
      const toU2 = (values: Record<string, unknown>) => void (values['user'] = { id: 'u2' });
      const change = () =>
        way === 'update' ? app.within(client, (sessions) => sessions.update(toU2)) : app.registry.update(handle, toU2);
      await expect(change()).rejects.toMatchObject({ code: 'SESSION_USER_ASSIGNED' });
      expect([await app.registry.count('u1'), await app.registry.count('u2')]).toEqual([1, 0]);
    });

    it('keeps a session in the list for as long as it is used', async () => {
      const app = await start();
      const client = await app.login();
      for (let i = 0; i < 8; i++) {
        app.clock.advance(20 * MINUTE);
        expect(await status(client)).toBe(200);
        // The renewal is on its way: what the next request asks comes after it.
        await client.post('/values', { note: i });
        expect(await app.registry.list('u1')).toMatchObject([{ lastSeenAt: app.clock.now() }]);
      }
    });

    it('ends one session by its handle, from inside and outside of requests', async () => {
      const app = await start();
      const [one, two] = [await app.login(), await app.login()];
      const handle = await handleOf(two);
      expect(await json(one.delete(`/sessions/${handle}`))).toEqual({ ended: true });
      expect([await status(one), await status(two)]).toEqual([200, 401]);
      expect(await app.registry.revoke(handle)).toBe(false);
      expect(await app.registry.revoke('nobody')).toBe(false);
      expect(await app.registry.revoke(await handleOf(one))).toBe(true);
      expect(await status(one)).toBe(401);
      await nextTurn();
      expect(app.events.filter((event) => event.name === 'revoked').length).toBe(2);
    });

    it("ends all of a user's sessions, those of no other user, and no later login", async () => {
      const app = await start();
      const mine = [await app.login(), await app.login(), await app.login()];
      const other = await app.login('u2');
      await mine[0]?.post('/rotate');
      expect(await app.registry.revokeAll('u1')).toBe(3);
      for (const client of mine) expect(await status(client)).toBe(401);
      expect(await status(other)).toBe(200);
      const later = await app.login();
      app.clock.advance(20 * MINUTE);
      expect([await status(later), await app.registry.count('u1')]).toEqual([200, 1]);
      expect(await app.registry.revokeAll('u1')).toBe(1);
      expect(await app.registry.revokeAll('u1')).toBe(0);
      await nextTurn();
      expect(app.events).toContainEqual({ name: 'revoked', userId: 'u1', count: 3 });
    });

    it('ends all others, and the session that asked goes on, gets new secrets and is renewed', async () => {
      const app = await start();
      const [one, two, three] = [await app.login(), await app.login(), await app.login()];
      expect(await json(one.post('/secure'))).toEqual({ ended: 2 });
      expect([await status(two), await status(three)]).toEqual([401, 401]);
      for (let i = 0; i < 3; i++) {
        app.clock.advance(20 * MINUTE);
        expect(await status(one)).toBe(200);
        await one.post('/values', { note: i });
      }
      expect(await json(one.delete('/sessions'))).toEqual({ ended: 0 });
      await one.post('/rotate');
      expect([await status(one), await app.registry.count('u1')]).toEqual([200, 1]);
      expect(await app.registry.revokeAll('u1')).toBe(1);
      expect(await status(one)).toBe(401);
    });

    it('refuses to sign out others outside of a request, or without a user', async () => {
      const app = await start();
      await expect(app.registry.revokeOthers()).rejects.toMatchObject({ code: 'SESSION_NO_CONTEXT' });
    });

    it('changes roles in live sessions, seen by their next request, and pushes no deadline on', async () => {
      const app = await start();
      const [one, two] = [await app.login('u1', { roles: ['user'] }), await app.login('u1', { roles: ['user'] })];
      const other = await app.login('u2', { roles: ['user'] });
      app.clock.advance(MINUTE);
      const before = await app.registry.list('u1');
      const changed = await app.registry.update({ userId: 'u1' }, (session) => {
        if (session.user) session.user = { ...session.user, roles: ['admin'] };
      });
      expect(changed).toBe(2);
      for (const client of [one, two])
        expect(await json(client.get('/me'))).toMatchObject({ user: { roles: ['admin'] } });
      expect(await json(other.get('/me'))).toMatchObject({ user: { roles: ['user'] } });
      expect(await app.registry.list('u1')).toEqual(before);
      expect(await app.registry.update(await handleOf(one), (session) => void (session['note'] = 'one'))).toBe(1);
      expect((await json(one.get('/me')))['note']).toBe('one');
      expect((await json(two.get('/me')))['note']).toBeUndefined();
      expect(await app.registry.update('nobody', () => {})).toBe(0);
      await expect(app.registry.update({ userId: 'u1' }, async () => {})).rejects.toMatchObject({
        code: 'SESSION_ASYNC_UPDATE',
      });
    });

    it('loses none of 50 changes at once', async () => {
      const app = await start();
      const client = await app.login('u1', { note: 0 });
      const add = (session: Record<string, unknown>) => void (session['note'] = Number(session['note']) + 1);
      await Promise.all(Array.from({ length: 50 }, () => app.registry.update({ userId: 'u1' }, add)));
      expect((await json(client.get('/me')))['note']).toBe(50);
    });

    it('finds sessions by what is declared', async () => {
      const app = await start({
        indexes: {
          tenant: (session) => session['tenant'] as string | undefined,
          tag: (session) => session['tags'] as string[] | undefined,
        },
      });
      const one = await app.login('u1', { tenant: 'acme', tags: ['a', 'b'] });
      await app.login('u2', { tenant: 'acme' });
      await app.login('u3', { tenant: 'other' });
      const users = async (index: string, value: string) =>
        (await app.registry.find(index, value)).map(({ userId }) => String(userId)).sort();
      expect(await users('tenant', 'acme')).toEqual(['u1', 'u2']);
      expect([await users('tag', 'a'), await users('tag', 'b'), await users('tag', 'c')]).toEqual([['u1'], ['u1'], []]);
      await one.post('/values', { tenant: 'other', tags: ['b'] });
      expect([await users('tenant', 'acme'), await users('tenant', 'other')]).toEqual([['u2'], ['u1', 'u3']]);
      expect([await users('tag', 'a'), await users('tag', 'b')]).toEqual([[], ['u1']]);
      await one.post('/logout');
      expect(await users('tenant', 'other')).toEqual(['u3']);
      await expect(app.registry.find('colour', 'red')).rejects.toMatchObject({ code: 'SESSION_NO_SUCH_INDEX' });
    });

    it('finds sessions by an organisation of the user, and by what the identity provider calls them', async () => {
      const app = await start({
        indexes: {
          organisation: ({ user }) => (user as { organisations?: string[] } | undefined)?.organisations,
          idpSid: (session) => (session['idp'] as { sid: string } | undefined)?.sid,
        },
      });
      const one = await app.login('u1', {
        idp: { sid: 's1' },
        user: { id: 'u1', organisations: ['acme', 'umbrella'] },
      });
      await app.login('u2', { idp: { sid: 's2' }, user: { id: 'u2', organisations: ['acme'] } });
      const users = async (index: string, value: string) =>
        (await app.registry.find(index, value)).map(({ userId }) => String(userId)).sort();
      expect(await users('organisation', 'acme')).toEqual(['u1', 'u2']);
      expect(await users('organisation', 'umbrella')).toEqual(['u1']);
      expect([await users('idpSid', 's1'), await users('idpSid', 's2')]).toEqual([['u1'], ['u2']]);
      await one.post('/rotate');
      const [found] = await app.registry.find('idpSid', 's1');
      expect(found?.handle).toBe(await handleOf(one));
      expect(await app.registry.revoke(found?.handle ?? '')).toBe(true);
      expect([await status(one), await users('idpSid', 's1'), await users('organisation', 'acme')]).toEqual([
        401,
        [],
        ['u2'],
      ]);
    });

    it('keeps as many sessions as a user may have, and tells the device that had to go', async () => {
      const app = await start({ maxSessionsPerUser: 2 });
      const clients: HttpClient[] = [];
      for (let i = 0; i < 3; i++) {
        clients.push(await app.login());
        app.clock.advance(1000);
      }
      const [first, second, third] = clients as [HttpClient, HttpClient, HttpClient];
      expect([await status(second), await status(third)]).toEqual([200, 200]);
      const refused = await first.get('/me');
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ code: 'SESSION_EVICTED' });
      const sent = await first.get('/me?x=1', { accept: 'text/html' });
      expect(sent.headers.get('location')).toBe('/login?returnTo=%2Fme%3Fx%3D1&reason=evicted');
      expect(await status(first, '/anonymous')).toBe(200);
      await nextTurn();
      expect(app.events.filter(({ name: event }) => event === 'evicted')).toMatchObject([
        { userId: 'u1', reason: 'limit' },
      ]);
      expect((await first.post('/login', { id: 'u1' })).status).toBe(200);
      expect([await status(first), await status(second), await status(third)]).toEqual([200, 401, 200]);
    });

    it('counts a new secret and a second login in one browser as one session', async () => {
      const app = await start({ maxSessionsPerUser: 2 });
      const [one, two] = [await app.login(), await app.login()];
      for (let i = 0; i < 3; i++) {
        await one.post('/rotate');
        await two.post('/login', { id: 'u1' });
      }
      expect([await status(one), await status(two), await app.registry.count('u1')]).toEqual([200, 200, 2]);
    });

    it('refuses a login where it is told to, and leaves what there is', async () => {
      const app = await start({ maxSessionsPerUser: 1, whenFull: 'reject' });
      const first = await app.login();
      const second = app.client();
      await second.post('/values', { note: 'cart' });
      const refused = await second.post('/login', { id: 'u1' });
      expect(refused.status).toBe(409);
      expect(await refused.json()).toMatchObject({ code: 'SESSION_LIMIT' });
      expect(refused.headers.getSetCookie()).toEqual([]);
      await nextTurn();
      expect(app.events).toContainEqual(expect.objectContaining({ name: 'rejected', userId: 'u1', reason: 'limit' }));
      expect([await status(first), await status(second)]).toEqual([200, 401]);
      expect((await app.client().post('/login', { id: 'u1' })).status).toBe(409);
      expect((await second.post('/login', { id: 'u2' })).status).toBe(200);
      await first.post('/rotate');
      expect((await first.post('/login', { id: 'u1' })).status).toBe(200);
      expect(await app.registry.count('u1')).toBe(1);
      await first.post('/logout');
      expect((await app.client().post('/login', { id: 'u1' })).status).toBe(200);
    });

    it('gives each user and each kind of device a limit of its own', async () => {
      const app = await start({
        maxSessionsPerUser: (user) => (user.roles?.includes('admin') ? 1 : { mobile: 1, desktop: 2 }),
      });
      const phones = [await app.login('u1', {}, IPHONE), await app.login('u1', {}, IPHONE)];
      const desks = [await app.login('u1', {}, FIREFOX), await app.login('u1', {}, FIREFOX)];
      const others = [await app.login('u1', {}, 'curl/8'), await app.login('u1', {}, 'curl/8')];
      const statuses = (clients: HttpClient[]) => Promise.all(clients.map((client) => status(client)));
      expect((await statuses(phones)).toSorted((a, b) => a - b)).toEqual([200, 401]);
      expect(await statuses(desks)).toEqual([200, 200]);
      expect(await statuses(others)).toEqual([200, 200]);
      const admins = [await app.login('u2', { roles: ['admin'] }), await app.login('u2', { roles: ['admin'] })];
      expect((await statuses(admins)).toSorted((a, b) => a - b)).toEqual([200, 401]);
    });

    it('shows who acts as a user to both, takes none of the user’s places for that, and ends it with either', async () => {
      const app = await start({ maxSessionsPerUser: 1 });
      const user = await app.login('u1');
      const admins = [await app.login('a1', { roles: ['admin'] }), await app.login('a2', { roles: ['admin'] })];
      for (const admin of admins) expect((await admin.post('/impersonate', { id: 'u1' })).status).toBe(200);
      const [first, second] = admins as [HttpClient, HttpClient];
      const listed = await app.registry.list('u1');
      expect(new Set(listed.map(({ impersonatedBy }) => impersonatedBy))).toEqual(new Set(['a1', 'a2', undefined]));
      expect([await status(user), await status(first), await status(second)]).toEqual([200, 200, 200]);
      const [acting] = listed.filter(({ impersonatedBy }) => impersonatedBy === 'a1');
      expect(await app.registry.list('a1')).toEqual([acting]);
      // In two lists, and one session.
      expect(await app.registry.revokeAll('a1')).toBe(1);
      expect([await status(user), await status(first), await status(second)]).toEqual([200, 401, 200]);
      await second.post('/stop');
      expect([await app.registry.count('u1'), await app.registry.count('a2')]).toEqual([1, 1]);
      await second.post('/impersonate', { id: 'u1' });
      expect([await app.registry.count('u1'), await app.registry.count('a2')]).toEqual([2, 1]);
      expect(await app.registry.revokeAll('u1')).toBe(2);
      expect([await status(user), await status(second)]).toEqual([401, 401]);
      expect([await app.registry.count('u1'), await app.registry.count('a2')]).toEqual([0, 0]);
    });

    it('counts who acts as a user for the limit of those who act', async () => {
      const app = await start({ maxSessionsPerUser: 1 });
      const user = await app.login('u1');
      const acting = await app.login('a1', { roles: ['admin'] });
      await acting.post('/impersonate', { id: 'u1' });
      app.clock.advance(1000);
      const elsewhere = await app.login('a1', { roles: ['admin'] });
      expect([await status(acting), await status(elsewhere), await status(user)]).toEqual([401, 200, 200]);
      expect([await app.registry.count('a1'), await app.registry.count('u1')]).toEqual([1, 1]);
    });

    it('changes the values of who acts as a user, which they get back, and not those of the user', async () => {
      const app = await start();
      const acting = await app.login('a1', { roles: ['admin'] });
      await acting.post('/impersonate', { id: 'u1' });
      expect(await app.registry.update({ userId: 'a1' }, (session) => void (session['note'] = 'for a1'))).toBe(1);
      expect((await json(acting.get('/me')))['note']).toBeUndefined();
      expect(await app.registry.update({ userId: 'u1' }, (session) => void (session['note'] = 'for u1'))).toBe(1);
      expect((await json(acting.get('/me')))['note']).toBe('for u1');
      await acting.post('/stop');
      expect((await json(acting.get('/me')))['note']).toBe('for a1');
    });

    // A plain id is its own name: each new one is another handle, and no age renews it.
    if (ids === 'named') {
      it('follows a session whose secret is renewed by age, under one handle', async () => {
        const app = await start({ rotateAfter: '1m', maxSessionsPerUser: 2 });
        const [one, two] = [await app.login(), await app.login()];
        const [handle, before] = [await handleOf(one), await secretOf(one)];
        app.clock.advance(61_000);
        expect(await status(one)).toBe(200);
        expect(await secretOf(one)).not.toBe(before);
        expect(await handleOf(one)).toBe(handle);
        expect((await app.registry.list('u1')).map((entry) => entry.handle)).toContain(handle);
        expect([await app.registry.count('u1'), await status(two)]).toEqual([2, 200]);
        expect(await app.registry.revoke(handle)).toBe(true);
        expect([await status(one), await status(two)]).toEqual([401, 200]);
        app.clock.advance(61_000);
        expect(await status(two)).toBe(200);
        expect(await app.registry.revokeAll('u1')).toBe(1);
        expect(await status(two)).toBe(401);
      });

      it('names a session by one handle from its login to its end', async () => {
        const app = await start();
        const client = app.client();
        await client.post('/values', { note: 'before' });
        await client.post('/login', { id: 'u1', roles: ['admin'] });
        const handle = await handleOf(client);
        const listed = async () => (await app.registry.list('u1')).map((entry) => entry.handle);
        for (const [path, body] of [
          ['/rotate', {}],
          ['/login', { id: 'u1', roles: ['admin'] }],
          ['/impersonate', { id: 'u2' }],
          ['/stop', {}],
        ] as const) {
          const before = await secretOf(client);
          expect((await client.post(path, body)).status, path).toBeLessThan(300);
          expect(await secretOf(client), path).not.toBe(before);
          expect(await listed(), path).toEqual([handle]);
        }
        await client.post('/login', { id: 'u2' });
        expect([await listed(), await app.registry.get(handle)]).toEqual([[], undefined]);
        expect((await app.registry.list('u2')).map((entry) => entry.handle)).not.toContain(handle);
      });
    }

    it('lets no request under way bring back what was ended meanwhile', async () => {
      const app = await start();
      const ends: ((client: HttpClient) => Promise<unknown>)[] = [
        async (client) => app.registry.revoke(await handleOf(client)),
        () => app.registry.revokeAll('u1'),
      ];
      for (const end of ends) {
        const client = await app.login();
        const slow = client.post('/slow', { note: 'late' });
        await app.turnstile.arrived('slow');
        await end(client);
        app.turnstile.release('slow');
        expect((await slow).headers.getSetCookie()).toEqual([]);
        expect([await status(client), await app.registry.count('u1')]).toEqual([401, 0]);
      }
    });

    it('leaves exactly as many of 30 logins at once as there may be', async () => {
      for (const whenFull of ['evict-oldest', 'reject'] as const) {
        const app = await start({ maxSessionsPerUser: 3, whenFull });
        const clients = Array.from({ length: 30 }, () => app.client());
        await Promise.all(clients.map((client) => client.post('/login', { id: 'u1' })));
        const statuses = await Promise.all(clients.map((client) => status(client)));
        expect(statuses.filter((one) => one === 200).length).toBe(3);
        expect(await app.registry.count('u1')).toBe(3);
      }
    });

    it('notes where a user comes from, as far as proxies are trusted, and again after a move', async () => {
      const behind = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };
      const ipOf = async (app: TestApp) => (await app.registry.list('u1')).map(({ ip }) => ip);
      const untrusting = await start();
      await untrusting.client().post('/login', { id: 'u1' }, behind);
      expect(await ipOf(untrusting)).toEqual(['127.0.0.1']);
      const trusting = platform === 'express' ? await start({}, true) : await start({ proxy: true });
      const client = trusting.client();
      await client.post('/login', { id: 'u1' }, behind);
      expect(await ipOf(trusting)).toEqual(['198.51.100.7']);
      trusting.clock.advance(10 * MINUTE);
      await client.get('/me', { 'x-forwarded-for': '192.0.2.1', 'user-agent': 'curl/8' });
      await client.post('/values', { note: 1 });
      expect(await trusting.registry.list('u1')).toMatchObject([{ ip: '192.0.2.1', userAgent: 'curl/8' }]);
    });

    it('takes no more of what a browser says than fits on a line', async () => {
      const app = await start();
      const raw = `\u00a0evil\u0085\u009b31m${'x'.repeat(5000)}`;
      await app.client().post('/login', { id: 'u1' }, { 'user-agent': raw });
      const [entry] = await app.registry.list('u1');
      expect(entry?.userAgent).toMatch(/^evil31mx{249}$/);
    });
  });
}
