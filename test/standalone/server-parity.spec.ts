import { memoryStore } from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import { createServerSessionReader, SessionStoreError } from 'nest-session/standalone';
import { redisStore } from 'nest-session/redis';
import { sqliteStore } from 'nest-session/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClock } from '../support/test-clock.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { cookieOf, startNest, statusOf } from './nest-side.js';
import { nextRequest } from './next.js';
import { HOUR, MINUTE, type AppSession } from './support.js';

describe('a session in a store that Nest and the reader share', () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());

  const secret = 'a secret for tests that is long enough';
  const STORES: [string, (clock: TestClock) => SessionStore][] = [
    ['memory', (clock) => memoryStore({ clock })],
    ['SQLite', (clock) => sqliteStore({ path: ':memory:', clock })],
    ['Redis', () => redisStore({ client: redis.client() })],
    ['Redis with plain keys', () => redisStore({ client: redis.client(), ids: 'plain', prefix: 'plain:' })],
  ];

  describe.each(STORES)('%s', (name, open) => {
    async function start() {
      const clock = new TestClock();
      const store = open(clock);
      const app = await startNest({
        secret: [secret, 'an older secret for tests, long too'],
        store,
        clock,
      });
      return { app, clock, store, reader: createServerSessionReader<AppSession>({ secret, store, clock }) };
    }

    it('is the same on both sides, and over when Nest ends it', async () => {
      const { app, reader } = await start();
      const client = await app.login('ada', { roles: ['admin'] });
      await client.post('/values', { cart: ['a'] });
      const { info } = (await (await client.get('/me')).json()) as { info: object };
      const cookie = await cookieOf(client);
      expect(await reader.read(nextRequest(cookie))).toEqual({
        data: { user: { id: 'ada', roles: ['admin'] }, cart: ['a'] },
        ...info,
      });
      await client.post('/logout');
      expect(await reader.read(cookie)).toBeNull();
    });

    // A secret is renewed by age where it is not the key.
    if (!name.includes('plain'))
      it('is read by a secret that was replaced by age for as long as in Nest, and not after that', async () => {
        const clock = new TestClock();
        const store = open(clock);
        const app = await startNest({ secret, store, clock, rotateAfter: '5m' });
        const reader = createServerSessionReader<AppSession>({ secret, store, clock });
        const client = await app.login('ada');
        const old = await cookieOf(client);
        clock.advance(5 * MINUTE);
        expect((await client.get('/me')).status).toBe(200);
        const renewed = await cookieOf(client);
        expect(renewed).not.toBe(old);
        for (const cookie of [old, renewed]) expect((await reader.read(cookie))?.data.user?.id).toBe('ada');
        clock.advance(10_000);
        expect([await reader.read(old), await statusOf(app, old)]).toEqual([null, 401]);
        expect(await reader.read(renewed)).not.toBeNull();
      });

    it('verifies the signature by each secret, and takes no other', async () => {
      const { app, reader, store, clock } = await start();
      const cookie = await cookieOf(await app.login());
      const next = 'the next secret for tests, which is long';
      expect(await createServerSessionReader({ secret: [next, secret], store, clock }).read(cookie)).not.toBeNull();
      expect(await createServerSessionReader({ secret: next, store, clock }).read(cookie)).toBeNull();
      for (const forged of [
        cookie.slice(0, -1),
        cookie.replace(/s2?%3A/, ''),
        cookie.replace(/\..*/, ''),
        `${cookie}x`,
      ])
        expect(await reader.read(forged)).toBeNull();
    });

    it('ends by both deadlines in the same millisecond, and is not extended by reading', async () => {
      const { app, clock, reader } = await start();
      const cookie = await cookieOf(await app.login());
      clock.advance(30 * MINUTE - 1);
      expect(await reader.read(cookie)).not.toBeNull();
      clock.advance(1);
      expect(await reader.read(cookie)).toBeNull();
      expect(await statusOf(app, cookie)).toBe(401);

      const used = await cookieOf(await app.login());
      for (let minutes = 20; minutes < 8 * 60; minutes += 20) {
        clock.advance(20 * MINUTE);
        expect(await statusOf(app, used)).toBe(200);
      }
      clock.advance(20 * MINUTE - 1);
      expect(await reader.read(used)).not.toBeNull();
      clock.advance(1);
      expect(await reader.read(used)).toBeNull();
      expect(await statusOf(app, used)).toBe(401);
    });

    it('is no session on both sides where two live cookies come, and one beside a dead one', async () => {
      const { app, reader } = await start();
      const dead = await app.login();
      const deadCookie = await cookieOf(dead);
      await dead.post('/logout');
      const [one, two] = [await cookieOf(await app.login('ada')), await cookieOf(await app.login('bob'))];
      expect(await reader.read(`${one}; ${two}`)).toBeNull();
      expect(await statusOf(app, `${one}; ${two}`)).toBe(401);
      expect((await reader.read(`${deadCookie}; ${one}`))?.data.user?.id).toBe('ada');
      expect(await statusOf(app, `${deadCookie}; ${one}`)).toBe(200);
    });
  });

  it('leaves what is expired in the store, and writes nothing', async () => {
    const clock = new TestClock();
    const store = memoryStore({ clock });
    const app = await startNest({ secret, store, clock });
    const cookie = await cookieOf(await app.login());
    const readOnly: SessionStore = {
      read: (key) => store.read(key),
      create: () => Promise.reject(new Error('create')),
      save: () => Promise.reject(new Error('save')),
      renew: () => Promise.reject(new Error('renew')),
      delete: () => Promise.reject(new Error('delete')),
    };
    const reader = createServerSessionReader({ secret, store: readOnly, clock });
    clock.advance(20 * MINUTE);
    expect(await reader.read(cookie)).not.toBeNull();
    clock.advance(HOUR);
    expect(await reader.read(cookie)).toBeNull();
  });

  it('honours a store that keeps the idle deadline itself', async () => {
    const clock = new TestClock();
    const store = memoryStore({ clock });
    const app = await startNest({ secret, store, clock });
    const cookie = await cookieOf(await app.login());
    const stored = await reading(store, cookie, clock);
    const foreign: SessionStore = Object.assign(Object.create(store) as SessionStore, {
      keepsIdleDeadline: true,
      read: () => Promise.resolve(stored),
    });
    const reader = createServerSessionReader({ secret, store: foreign, clock });
    clock.advance(HOUR);
    expect(await reader.read(cookie)).not.toBeNull();
    clock.advance(7 * HOUR);
    expect(await reader.read(cookie)).toBeNull();
  });

  it('rejects when the store is out of order', async () => {
    const clock = new TestClock();
    const store = memoryStore({ clock });
    const app = await startNest({ secret, store, clock });
    const cookie = await cookieOf(await app.login());
    const cause = new Error('connect ECONNREFUSED');
    const down = Object.assign(Object.create(store) as SessionStore, { read: () => Promise.reject(cause) });
    const reader = createServerSessionReader({ secret, store: down, clock });
    await expect(reader.read(cookie)).rejects.toThrow(SessionStoreError);
    await expect(reader.read(cookie)).rejects.toMatchObject({ cause });
    expect(await reader.read('sid=forged')).toBeNull();
  });
});

/** What the store has for a cookie: caught on its way through a reader. */
async function reading(store: SessionStore, cookie: string, clock: TestClock) {
  let stored: Awaited<ReturnType<SessionStore['read']>>;
  const watched = Object.assign(Object.create(store) as SessionStore, {
    read: async (key: string) => (stored = await store.read(key)),
  });
  await createServerSessionReader({ secret: 'a secret for tests that is long enough', store: watched, clock }).read(
    cookie,
  );
  return stored;
}
