import { afterEach, describe, expect, it } from 'vitest';
import {
  memoryStore,
  SessionConfigError,
  SessionUsageError,
  type LoginOptions,
  type SessionModuleOptions,
  type SessionUser,
} from 'nest-session';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms } from '../support/nest-app.js';
import { aboutTime } from '../support/routes/timeout.routes.js';
import { cells } from '../support/scope.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { endOf } from './cookie-end.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let clock: TestClock;
const open: TestApp[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

type Lifetimes = ReturnType<NonNullable<SessionModuleOptions['timeouts']>>;

const kinds = ['server', 'sealed'] as const;

async function start(
  kind: (typeof kinds)[number],
  platform: (typeof platforms)[number],
  options: SessionModuleOptions = {},
): Promise<TestApp> {
  clock = new TestClock();
  const store =
    kind === 'server'
      ? memoryStore({ clock })
      : sealedCookie({
          password: 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp',
          cookieName: 'sid',
          ttl: '30m',
          cookieOptions: { maxAge: undefined },
          revocation: memoryRevocation({ clock }),
        });
  const app = await startTestApp(platform, { store, clock, ...options }, aboutTime);
  open.push(app);
  return app;
}

const status = async (client: HttpClient, path = '/poll') => (await client.get(path)).status;

/** Uses the session so often that it does not end by idleness, until just before it must end. */
async function useUntil(client: HttpClient, end: number, step: number): Promise<void> {
  const cookie = async () => ({ cookie: `sid=${await client.cookie()}` });
  while (clock.now() + step < end) {
    clock.advance(step);
    expect((await client.get('/read', await cookie())).status).toBe(200);
  }
  clock.advance(end - clock.now() - 1);
  expect((await client.get('/poll', await cookie())).status).toBe(200);
  clock.advance(1);
  expect((await client.get('/poll', await cookie())).status).toBe(401);
}

const places = cells(kinds, platforms).map(([kind, platform]) => ({ kind, platform }));

describe.each(places)('what a login asks for, $kind, $platform', ({ kind, platform }) => {
  const ends = async (options: LoginOptions) => {
    const app = await start(kind, platform);
    const client = app.client();
    const response = await client.post('/login', { user: { id: 'u1' }, options });
    expect(response.status).toBe(200);
    return { client, lines: response.headers.getSetCookie(), begin: clock.now() };
  };

  it('remember: a cookie that the browser keeps, for as long as the session lasts', async () => {
    const { client, lines, begin } = await ends({ remember: '30d' });
    expect(endOf(lines, begin)?.maxAge).toBe(begin + 30 * DAY);
    await useUntil(client, begin + 30 * DAY, 20 * DAY);
  });

  it('remember with two deadlines: idle ends it, and use does not go beyond the absolute one', async () => {
    const idle = await ends({ remember: { idle: '7d', absolute: '30d' } });
    expect(endOf(idle.lines, idle.begin)?.maxAge).toBe(idle.begin + 7 * DAY);
    clock.advance(7 * DAY - 1);
    expect(await status(idle.client)).toBe(200);
    clock.advance(1);
    expect(await status(idle.client)).toBe(401);

    const used = await ends({ remember: { idle: '7d', absolute: '30d' } });
    clock.advance(6 * DAY);
    const renewed = await used.client.get('/read');
    expect(endOf(renewed.headers.getSetCookie(), clock.now())?.maxAge).toBe(clock.now() + 7 * DAY);
    await useUntil(used.client, used.begin + 30 * DAY, 6 * DAY);
  });

  it('timeouts of its own, with a cookie that ends with the browser', async () => {
    const { client, lines, begin } = await ends({ idleTimeout: '5m', absoluteTimeout: '20m' });
    expect(endOf(lines, begin)).toBeNull();
    clock.advance(5 * MINUTE);
    expect(await status(client)).toBe(401);

    const used = await ends({ idleTimeout: '5m', absoluteTimeout: '20m' });
    await useUntil(used.client, used.begin + 20 * MINUTE, 4 * MINUTE);
  });

  it('is kept by a new id', async () => {
    const { client, begin } = await ends({ idleTimeout: '5m', absoluteTimeout: '20m' });
    clock.advance(4 * MINUTE);
    await client.post('/rotate');
    await useUntil(client, begin + 20 * MINUTE, 4 * MINUTE);
  });

  it('is refused where it contradicts itself', async () => {
    const app = await start(kind, platform);
    for (const options of [
      { remember: '30d', idleTimeout: '1h' },
      { idleTimeout: '2h', absoluteTimeout: '1h' },
      { remember: { idle: '2d', absolute: '1d' } },
      { remember: 'soon' },
      { idleTimeout: 0 },
    ]) {
      const answer = await app.client().post('/login', { user: { id: 'u1' }, options });
      expect([JSON.stringify(options), answer.status]).toEqual([JSON.stringify(options), 500]);
      expect(app.errors.at(-1)).toBeInstanceOf(SessionUsageError);
    }
  });
});

describe.each(places)('timeouts by user, $kind, $platform', ({ kind, platform }) => {
  const timeouts: SessionModuleOptions['timeouts'] = (user) => {
    if (user === undefined) return { idle: '10m', absolute: '15m' };
    return user.roles?.includes('admin') ? { idle: '2m', absolute: '1h' } : undefined;
  };

  it('gives each role its own, and all others those of the module', async () => {
    const app = await start(kind, platform, { timeouts });
    const admin = await app.login('a', { roles: ['admin'] });
    const user = await app.login('u');
    clock.advance(2 * MINUTE);
    expect([await status(admin), await status(user)]).toEqual([401, 200]);
    clock.advance(28 * MINUTE);
    expect(await status(user)).toBe(401);

    const busy = await app.login('a', { roles: ['admin'] });
    await useUntil(busy, clock.now() + HOUR, 1.5 * MINUTE);
  });

  it('gives each tenant its own, whatever the roles of its users', async () => {
    const byTenant: Record<string, Lifetimes> = { bank: { idle: '5m', absolute: '20m' }, shop: { idle: '2h' } };
    const app = await start(kind, platform, {
      timeouts: (user) => byTenant[(user as { tenant?: string } | undefined)?.tenant ?? ''],
    });
    const of = (tenant: string) => app.login({ id: 'u', roles: ['admin'], tenant } as SessionUser);
    const [bank, shop, none] = [await of('bank'), await of('shop'), await of('elsewhere')];
    clock.advance(5 * MINUTE);
    expect([await status(bank), await status(shop), await status(none)]).toEqual([401, 200, 200]);
    clock.advance(25 * MINUTE);
    expect([await status(shop), await status(none)]).toEqual([200, 401]);
    await useUntil(await of('bank'), clock.now() + 20 * MINUTE, 4 * MINUTE);
  });

  it('goes behind what the login itself asks for', async () => {
    const app = await start(kind, platform, { timeouts });
    const admin = await app.login('a', { roles: ['admin'], options: { idleTimeout: '20m' } });
    clock.advance(19 * MINUTE);
    expect(await status(admin)).toBe(200);
    const remembered = await app.login('a', { roles: ['admin'], remember: '14d' });
    clock.advance(13 * DAY);
    expect(await status(remembered)).toBe(200);
  });

  it('ends the sessions of anonymous visitors sooner, and gives a login of theirs the whole time', async () => {
    const app = await start(kind, platform, { timeouts });
    const remaining = async (client: HttpClient) => (await client.get('/session/expiry')).status;
    const visitor = app.client();
    await visitor.post('/write', { basket: 1 });
    clock.advance(9 * MINUTE);
    await visitor.post('/write', { basket: 2 });
    clock.advance(6 * MINUTE - 1);
    expect(await remaining(visitor)).toBe(200);
    clock.advance(1);
    expect(await remaining(visitor)).toBe(401);

    const another = app.client();
    await another.post('/write', { basket: 1 });
    await another.post('/login', { user: { id: 'u' } });
    clock.advance(29 * MINUTE);
    expect(await status(another)).toBe(200);
    await another.post('/logout');
    await another.post('/write', { basket: 1 });
    clock.advance(10 * MINUTE);
    expect(await remaining(another)).toBe(401);
  });

  it('fails a login that is given something else than durations', async () => {
    const app = await start(kind, platform, { timeouts: () => ({ idle: 'soon' as '1s' }) });
    const answer = await app.client().post('/login', { user: { id: 'u1' } });
    expect(answer.status).toBe(500);
  });
});

describe('presets of NIST SP 800-63B-4', () => {
  const levels = [
    { preset: 'aal1', idle: Infinity, absolute: 30 * DAY },
    { preset: 'aal2', idle: HOUR, absolute: DAY },
    { preset: 'aal3', idle: 15 * MINUTE, absolute: 12 * HOUR },
  ] as const;

  it.each(levels)('$preset sets both deadlines', async ({ preset, idle, absolute }) => {
    const app = await start('server', 'express', { preset });
    const client = await app.login();
    // Longer than every idle timeout of them.
    clock.advance(HOUR);
    expect(await status(client)).toBe(idle === Infinity ? 200 : 401);
    const exact = await app.login();
    clock.advance(Math.min(idle, DAY) - 1);
    expect(await status(exact)).toBe(200);
    const used = await app.login();
    await useUntil(used, clock.now() + absolute, Math.min(idle, 10 * DAY) * 0.9);
  });

  it.each(levels.slice(1))('$preset refuses looser ones, at start and at login', async ({ preset, idle, absolute }) => {
    const refused = (options: SessionModuleOptions) =>
      expect(startTestApp('express', { preset, ...options }, aboutTime)).rejects.toThrow(SessionConfigError);
    await refused({ idleTimeout: idle + 1 });
    await refused({ absoluteTimeout: absolute + 1 });
    await refused({ absoluteTimeout: false });
    await refused({ cookie: { maxAge: idle + 1 } });
    await refused({ preset: 'aal4' as 'aal3' });

    const app = await start('server', 'express', { preset, idleTimeout: idle / 2, absoluteTimeout: absolute / 2 });
    for (const options of [
      { remember: absolute + 1 },
      { idleTimeout: idle + 1 },
      { absoluteTimeout: absolute + 1 },
    ] satisfies LoginOptions[]) {
      expect((await app.client().post('/login', { user: { id: 'u1' }, options })).status).toBe(500);
    }
    expect((await app.client().post('/login', { user: { id: 'u1' }, options: { idleTimeout: idle } })).status).toBe(
      200,
    );
  });

  it('cuts what timeouts gives single users', async () => {
    const app = await start('server', 'express', { preset: 'aal3', timeouts: () => ({ idle: '1h', absolute: '30d' }) });
    const client = await app.login();
    clock.advance(15 * MINUTE);
    expect(await status(client)).toBe(401);
    const used = await app.login();
    await useUntil(used, clock.now() + 12 * HOUR, 14 * MINUTE);
  });
});
