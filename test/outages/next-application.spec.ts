import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore, type Store } from 'express-session';
import { connectStore, memoryStore } from 'nest-session';
import { SessionExpiryModule } from 'nest-session/expiry-warning';
import { redisStore } from 'nest-session/redis';
import { sqliteStore } from 'nest-session/sqlite';
import type { SessionStore } from 'nest-session/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRecord } from '../support/records.js';
import { platforms, type Platform } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { startTestApp } from '../support/test-app.js';

let redis: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'nest-session-next-'));
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const appOver = (platform: Platform, store: SessionStore, onStoreError: 'fail' | 'anonymous' = 'fail') =>
  startTestApp(platform, { store, onStoreError }, { imports: [SessionExpiryModule.forRoot()], guards: [] });

describe.each<[string, () => SessionStore]>([
  ['SQLite', () => sqliteStore({ path: join(folder, 'sessions.db') })],
  ['Redis by URL', () => redisStore({ url: redis.url })],
  ['Redis by a client', () => redisStore({ client: redis.client() })],
  ['Redis with a near-cache', () => redisStore({ url: redis.url, nearCache: true })],
  ['a store of express-session', () => connectStore(new MemoryStore())],
  ['memory', () => memoryStore()],
])('an application that is closed, made again and started over %s', (_name, make) => {
  it('logs users in again', async () => {
    const store = make();
    for (let round = 0; round < 3; round++) {
      const app = await appOver('express', store);
      const browser = await app.login('u1');
      expect(await app.within(browser, (sessions) => sessions.user)).toMatchObject({ id: 'u1' });
      await app.close();
    }
  });

  it('takes nothing from another one that still runs', async () => {
    const store = make();
    const one = await appOver('express', store);
    const other = await appOver('express', store);
    await one.close();
    const browser = await other.login('u1');
    expect(await other.within(browser, (sessions) => sessions.user)).toMatchObject({ id: 'u1' });
    await other.close();
  });
});

it('applications leave no listener on a store of express-session', async () => {
  const wrapped = new MemoryStore() as Store & MemoryStore;
  for (let round = 0; round < 3; round++) {
    const app = await appOver('express', connectStore(wrapped));
    await app.close();
  }
  expect([wrapped.listenerCount('connect'), wrapped.listenerCount('disconnect')]).toEqual([0, 0]);
});

describe.each(platforms)('the warning of the end of a session, %s', (platform) => {
  it.each(['fail', 'anonymous'] as const)(
    'takes no user for signed out while the store is down (%s)',
    async (policy) => {
      const store = redisStore({ client: redis.client(), commandTimeout: 100 });
      const app = await appOver(platform, store, policy);
      const client = await app.login('u1');
      redis.pause();
      try {
        expect((await client.get('/session/expiry')).status).toBe(503);
        expect((await client.post('/session/expiry')).status).toBe(503);
      } finally {
        redis.resume();
      }
      await expect.poll(async () => (await client.get('/session/expiry')).status).toBe(200);
      await app.close();
    },
  );
});

it('the number of sessions is that of sessions, without locks', async () => {
  const client = redis.client();
  const store = redisStore({ client, prefix: 'count:' });
  await store.create('one', aRecord(Date.now()));
  await store.create('one.lock', aRecord(Date.now()));
  expect(await store.length()).toBe(1);
  expect(await store.ids()).toEqual(['one']);
  expect(await store.all()).toHaveLength(1);
  await store.clear();
  expect(await client.keys('count:*')).toEqual([]);
  await store.close();
});
