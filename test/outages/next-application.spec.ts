import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { MemoryStore, type Store } from 'express-session';
import { connectStore, memoryStore, Public, SessionModule, SessionService, type SessionStore } from 'nest-session';
import { SessionExpiryModule } from 'nest-session/expiry-warning';
import { redisStore } from 'nest-session/redis';
import { sqliteStore } from 'nest-session/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRecord } from '../support/records.js';
import { HttpClient } from '../support/http-client.js';
import { platforms, startApp } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';

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

@Controller()
class AppController {
  constructor(private readonly sessions: SessionService) {}

  @Public()
  @Post('login')
  async login(): Promise<void> {
    await this.sessions.login({ id: 'u1' });
  }

  @Get('me')
  me(): unknown {
    return { id: this.sessions.user?.id };
  }
}

function appOver(store: SessionStore, onStoreError?: 'fail' | 'anonymous') {
  @Module({
    imports: [SessionModule.forRoot({ store, ...(onStoreError && { onStoreError }) }), SessionExpiryModule.forRoot()],
    controllers: [AppController],
  })
  class AppModule {}
  return AppModule;
}

describe.each<[string, () => SessionStore]>([
  ['SQLite', () => sqliteStore({ path: join(folder, 'sessions.db') })],
  ['Redis by URL', () => redisStore({ url: redis.url })],
  ['Redis by a client', () => redisStore({ client: redis.client() })],
  ['Redis with a near-cache', () => redisStore({ url: redis.url, nearCache: true })],
  ['a store of express-session', () => connectStore(new MemoryStore())],
  ['memory', () => memoryStore()],
])('an application that is closed, made again and started over %s', (_name, make) => {
  it('signs people in again', async () => {
    const store = make();
    for (let round = 0; round < 3; round++) {
      const { app, url } = await startApp('express', appOver(store));
      const client = new HttpClient(url);
      expect((await client.post('/login')).status).toBe(201);
      expect(await (await client.get('/me')).json()).toEqual({ id: 'u1' });
      await app.close();
    }
  });

  it('takes nothing from another one that still runs', async () => {
    const store = make();
    const one = await startApp('express', appOver(store));
    const other = await startApp('express', appOver(store));
    await one.app.close();
    expect((await new HttpClient(other.url).post('/login')).status).toBe(201);
    await other.app.close();
  });
});

it('applications leave no listener on a store of express-session', async () => {
  const wrapped = new MemoryStore() as Store & MemoryStore;
  for (let round = 0; round < 3; round++) {
    const { app } = await startApp('express', appOver(connectStore(wrapped)));
    await app.close();
  }
  expect([wrapped.listenerCount('connect'), wrapped.listenerCount('disconnect')]).toEqual([0, 0]);
});

describe.each(platforms)('the warning of the end of a session, %s', (platform) => {
  it.each(['fail', 'anonymous'] as const)(
    'takes nobody for signed out while the store is down (%s)',
    async (policy) => {
      const store = redisStore({ client: redis.client(), commandTimeout: 100 });
      const { app, url } = await startApp(platform, appOver(store, policy));
      const client = new HttpClient(url);
      await client.post('/login');
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

it('the number of sessions is that of sessions, with no marks of ids that were given up', async () => {
  const client = redis.client();
  const store = redisStore({ client, prefix: 'count:' });
  await store.create('one', aRecord(Date.now()));
  await store.create('one.rotated', aRecord(Date.now()));
  await store.create('one.lock', aRecord(Date.now()));
  expect(await store.length()).toBe(1);
  expect(await store.ids()).toEqual(['one']);
  expect(await store.all()).toHaveLength(1);
  await store.clear();
  expect(await client.keys('count:*')).toEqual([]);
  await store.close();
});
