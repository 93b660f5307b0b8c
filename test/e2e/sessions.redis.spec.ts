import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisStore } from 'nest-session/redis';
import { TestClock } from '../support/test-clock.js';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
import { startRedis, until, type RedisServer } from '../support/redis-server.js';
import { startTestApp } from '../support/test-app.js';
import { describeSessions } from './sessions.suite.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.stop());

describeSessions(
  'Redis',
  (clock) => Promise.resolve({ store: redisStore({ url: server.url, clock }), cleanup: () => Promise.resolve() }),
  { ownClock: true, platforms: inFull(platforms, ['express']) },
);

describeSessions(
  'Redis with plain ids',
  (clock) =>
    Promise.resolve({
      store: redisStore({ url: server.url, ids: 'plain', clock, prefix: 'plain:' }),
      cleanup: () => Promise.resolve(),
    }),
  { ownClock: false, plain: true, platforms: inFull(platforms, ['fastify']) },
);

describeSessions(
  'Redis with a near-cache',
  (clock) =>
    Promise.resolve({
      store: redisStore({ url: server.url, prefix: 'near:', nearCache: { maxAge: '1h' }, clock }),
      cleanup: () => Promise.resolve(),
    }),
  { ownClock: true, platforms: inFull(platforms, ['express']) },
);

describeSessions(
  'Redis behind copies in the browser',
  (clock) =>
    Promise.resolve({
      store: redisStore({ url: server.url, prefix: 'cached:', clock }),
      cleanup: () => Promise.resolve(),
    }),
  { ownClock: true, platforms: inFull(platforms, ['fastify']) },
  { cache: '1m' },
);

const counts = async (run: () => Promise<unknown>) => {
  await server.resetStats();
  await run();
  const counted = Object.entries(await server.commandCounts());
  return Object.fromEntries(counted.filter(([name]) => !/^(hello|info|client|config|ping)/.test(name)));
};

/** After a login it is looked whether the device is a new one. */
const loginIsOver = () =>
  until('the login is over', async () => Object.keys(await counts(() => wait(30))).length === 0);

describe.each(platforms)('what a request costs on Redis, %s', (platform) => {
  it('no command for anonymous visitors and @NoSession(), one for a signed-in read, two for a renewal', async () => {
    const clock = new TestClock();
    const session = await startTestApp(platform, { store: redisStore({ url: server.url, clock }), clock });
    const client = await session.login();
    const times =
      (count: number, path: string, who = client) =>
      async () => {
        for (let i = 0; i < count; i++) await (await who.get(path)).text();
      };
    await loginIsOver();
    expect(await counts(times(20, '/values', session.client()))).toEqual({});
    expect(await counts(times(20, '/health/live'))).toEqual({});
    expect(await counts(times(100, '/me'))).toEqual({ get: 100 });
    expect(await counts(times(100, '/anonymous'))).toEqual({ get: 100 });
    clock.advance(4 * 60_000);
    const { eval: first = 0, evalsha: later = 0 } = await counts(times(100, '/me'));
    // The record, and where it is found by its user.
    expect(first + later).toBe(2);
    await session.close();
  });

  it('no command at all for a signed-in read with a near-cache', async () => {
    const store = redisStore({ url: server.url, prefix: 'hot:', nearCache: { maxAge: '1h' } });
    const session = await startTestApp(platform, { store });
    const client = await session.login();
    const reads = async (count: number): Promise<number> => {
      await server.resetStats();
      for (let i = 0; i < count; i++) expect((await client.get('/me')).status).toBe(200);
      return (await server.commandCounts())['get'] ?? 0;
    };
    // The news of its own login come to it, too.
    await until('the session is kept', async () => (await reads(2)) === 0);
    expect(await reads(100)).toBe(0);
    await session.close();
  });

  it('reads nothing in lazy mode on routes that do not ask', async () => {
    const session = await startTestApp(platform, { store: redisStore({ url: server.url }), lazy: true });
    const client = await session.login();
    await client.post('/logout');
    const other = await session.login();
    await loginIsOver();
    await server.resetStats();
    for (let i = 0; i < 20; i++) await (await other.get('/anonymous')).text();
    expect((await server.commandCounts())['get']).toBeUndefined();
    await session.close();
  });

  it('leaves no key without an end', async () => {
    const redis = server.client();
    for (const key of await redis.keys('*')) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });
});
