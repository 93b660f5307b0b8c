import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { memoryStore, SessionConfigError, type SessionModuleOptions } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import { sealedCookie } from '../../libs/session/src/sealed/index.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms, type Platform } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { password } from './sealed-app.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let redis: RedisServer;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

const open: TestApp[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

let clock: TestClock;
/** Each one is a process of its own, as far as sessions go. */
const start = async (platform: Platform = 'express', more: SessionModuleOptions = {}) => {
  clock = more.clock instanceof TestClock ? more.clock : new TestClock();
  const store = redisStore({ url: redis.url, clock });
  const app = await startTestApp(platform, { store, clock, cache: '1m', ...more });
  open.push(app);
  return app;
};

const status = async (client: HttpClient, path = '/me') => (await client.get(path)).status;
const values = async (client: HttpClient) => (await (await client.get('/values')).json()) as Record<string, unknown>;
const cookieNames = async (client: HttpClient) =>
  (await client.jar.getCookies(client.baseUrl)).map(({ key }) => key).sort();

/** A browser with some of the cookies of another one, at any server. */
async function browserWith(url: string, from: HttpClient, names = ['sid', 'sid.cache']): Promise<HttpClient> {
  const client = new HttpClient(url);
  for (const name of names) {
    const value = await from.cookie(name);
    if (value !== undefined) await client.jar.setCookie(`${name}=${value}; Path=/`, url);
  }
  return client;
}

const commands = async (run: () => Promise<unknown>) => {
  await redis.resetStats();
  await run();
  const counted = Object.entries(await redis.commandCounts());
  return Object.fromEntries(counted.filter(([name]) => !/^(hello|info|client|config|ping)/.test(name)));
};

describe.each(platforms)('copies in the browser, %s', (platform) => {
  it('answer most requests without a command, and one a minute with one', async () => {
    const app = await start(platform);
    // Somebody of whom no other test has left anything behind that a login tidies away afterwards.
    const client = await app.login(`reader on ${platform}`);
    expect(await status(client)).toBe(200);
    const reads = async () => {
      for (let i = 0; i < 50; i++) expect(await status(client)).toBe(200);
    };
    expect(await commands(reads)).toEqual({});
    clock.advance(MINUTE);
    expect(await commands(reads)).toEqual({ get: 1 });
    expect(await commands(async () => expect(await status(app.client())).toBe(401))).toEqual({});
  });

  it('show a session that another process ended for a minute at most, and not where it was ended', async () => {
    const one = await start(platform);
    const two = await start(platform, { clock });
    const client = await one.login();
    await status(client);
    const [here, there] = [await browserWith(one.url, client), await browserWith(two.url, client)];
    await client.post('/logout');
    expect(await cookieNames(client)).toEqual([]);
    expect(await status(here)).toBe(401);
    clock.advance(MINUTE - 1);
    expect(await status(there)).toBe(200);
    clock.advance(1);
    expect(await status(there)).toBe(401);
  });

  it('lose no change: what is written goes to the store, merged with what others wrote', async () => {
    const one = await start(platform);
    const two = await start(platform, { clock });
    const client = await one.login();
    await client.post('/values', { a: 1 });
    const stale = await browserWith(two.url, client);
    await client.post('/values', { a: 2, b: 2 });
    expect(await values(stale)).toMatchObject({ a: 1 });
    await stale.post('/values', { c: 3 });
    expect(await values(stale)).toMatchObject({ a: 2, b: 2, c: 3 });
    // A process that knows of a later version does not take an older copy.
    expect(await values(client)).toMatchObject({ a: 2, b: 2 });
    clock.advance(MINUTE);
    expect(await values(client)).toMatchObject({ a: 2, b: 2, c: 3 });
  });

  it('end nothing late and save nothing of what ended elsewhere', async () => {
    const one = await start(platform);
    const two = await start(platform, { clock });
    // What stands where a session ended is none.
    const records = async () => {
      const keys = (await redis.client().keys('sess:*')).filter((key) => !key.includes(':index:'));
      const texts = await Promise.all(keys.map((key) => redis.client().get(key)));
      return keys.filter((_, n) => !texts[n]?.includes('"kind":"tombstone"'));
    };
    const before = await records();
    const client = await one.login();
    await status(client);
    const there = await browserWith(two.url, client);
    await client.post('/logout');
    const late = await there.post('/values', { late: true });
    expect(late.headers.getSetCookie()).toEqual([]);
    expect(two.events).toContainEqual(expect.objectContaining({ name: 'rejected', reason: 'ended' }));
    expect((await records()).sort()).toEqual(before.sort());
  });

  it('are worth nothing without their session, with another one, or changed', async () => {
    const app = await start(platform);
    const [client, other] = [await app.login('u1'), await app.login('u2')];
    await status(client);
    expect(await status(await browserWith(app.url, client, ['sid.cache']))).toBe(401);
    const mixed = await browserWith(app.url, other, ['sid']);
    await mixed.jar.setCookie(`sid.cache=${await client.cookie('sid.cache')}; Path=/`, app.url);
    expect(await values(mixed)).toMatchObject({ user: { id: 'u2' } });
    const changed = await browserWith(app.url, client);
    await changed.jar.setCookie(`sid.cache=${(await client.cookie('sid.cache'))?.slice(0, -5)}AAAAA; Path=/`, app.url);
    expect(await values(changed)).toMatchObject({ user: { id: 'u1' } });
  });

  it('carry the attributes of the session cookie, and are no longer kept than they are good', async () => {
    const app = await start(platform);
    const lines = (await app.client().post('/login', { id: 'u1' })).headers.getSetCookie();
    expect(lines.find((line) => line.startsWith('sid.cache='))).toMatch(
      /^sid\.cache=Fe26\.2\*[^;]*; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('are left out where the session is too big for a cookie', async () => {
    const app = await start(platform);
    const client = await app.login();
    await client.post('/values', { big: 'x'.repeat(10_000) });
    expect(await values(client)).toMatchObject({ big: 'x'.repeat(10_000) });
    expect(await values(await browserWith(app.url, client))).toHaveProperty('big');
  });

  it('do not keep an idle session alive, nor let a busy one end', async () => {
    const app = await start(platform, { idleTimeout: '5m' });
    const client = await app.login();
    for (let i = 0; i < 20; i++) {
      clock.advance(50 * SECOND);
      expect(await status(client)).toBe(200);
    }
    const copy = await browserWith(app.url, client);
    clock.advance(5 * MINUTE);
    expect(await status(copy)).toBe(401);
  });
});

describe('the cache option', () => {
  const problemsOf = (options: SessionModuleOptions): string[] => {
    try {
      resolveOptions(options, {});
      return [];
    } catch (error) {
      return error instanceof SessionConfigError ? error.problems.map(({ path }) => path) : ['?'];
    }
  };

  it('is a duration of at most 15 minutes, and for stores', () => {
    const store = memoryStore();
    expect(problemsOf({ store, cache: '15m' })).toEqual([]);
    expect(problemsOf({ store, cache: '16m' })).toEqual(['cache']);
    expect(problemsOf({ store, cache: 'soon' as '1m' })).toEqual(['cache']);
    expect(problemsOf({ store: sealedCookie({ password, revocation: 'none' }), cache: '1m' })).toEqual(['cache']);
  });
});
