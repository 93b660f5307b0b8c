import express from 'express';
import session, { type SessionData } from 'express-session';
import { RedisStore } from 'connect-redis';
import type { Redis } from 'ioredis';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../../../../test/support/redis-server.js';
import { digest } from '../core/digest.js';
import { redisStore, type RedisSessionStore } from './index.js';

let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
});
beforeEach(() => redis.flushall());
afterAll(() => server.stop());

const data = (different: object = {}) => ({ cookie: { originalMaxAge: null }, ...different }) as unknown as SessionData;

/** Calls with a callback, as express-session does. */
const called = <T>(call: (callback: (error?: unknown, value?: T) => void) => unknown): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    call((error, value) =>
      error ? reject(error instanceof Error ? error : new Error('not an Error')) : resolve(value),
    );
  });

describe.each(['hashed', 'plain'] as const)('as a store of express-session, with %s ids', (ids) => {
  let store: RedisSessionStore;
  beforeEach(() => {
    store = redisStore({ client: redis, ids });
  });
  afterEach(() => store.close());
  const nameOf = (sid: string): string => (ids === 'plain' ? sid : digest(sid));

  it('is one, and a RedisStore of connect-redis', () => {
    expect(store).toBeInstanceOf(session.Store);
    expect(store).toBeInstanceOf(RedisStore);
  });

  it('sets, gets, touches and destroys, by callback and by promise', async () => {
    await called((callback) => store.set('sid', data({ n: 1 }), callback));
    expect(await redis.keys('*')).toEqual([`sess:${nameOf('sid')}`]);
    expect(await called((callback) => store.get('sid', callback))).toEqual(data({ n: 1 }));
    await redis.pexpire(`sess:${nameOf('sid')}`, 1000);
    await called((callback) => store.touch('sid', data(), callback));
    expect(await redis.pttl(`sess:${nameOf('sid')}`)).toBeGreaterThan(86_000_000);
    await called((callback) => store.destroy('sid', callback));
    expect(await called((callback) => store.get('sid', callback))).toBeNull();
    await store.set('sid', data({ n: 2 }));
    expect(await store.get('sid')).toEqual(data({ n: 2 }));
    await store.destroy('sid');
    expect(await store.length()).toBe(0);
  });

  it('keeps a session for as long as its cookie, or a day', async () => {
    await store.set('day', data());
    await store.set('minute', data({ cookie: { expires: new Date(Date.now() + 60_000) } }));
    await store.set('over', data());
    await store.set('over', data({ cookie: { expires: new Date(Date.now() - 1000) } }));
    expect(await redis.pttl(`sess:${nameOf('day')}`)).toBeGreaterThan(86_390_000);
    expect(await redis.pttl(`sess:${nameOf('minute')}`)).toBeLessThanOrEqual(60_000);
    expect(await redis.exists(`sess:${nameOf('over')}`)).toBe(0);
  });

  it('lists, counts and clears more sessions than one step of a scan finds', async () => {
    const sids = Array.from({ length: 350 }, (_, index) => `sid-${index}`);
    await Promise.all(sids.map((sid) => store.set(sid, data({ sid }))));
    await redis.set('other', 'kept');
    const names = sids.map(nameOf).sort();
    expect((await called<string[]>((callback) => store.ids(callback)))?.sort()).toEqual(names);
    expect(await called<number>((callback) => store.length(callback))).toBe(350);
    const all = (await store.all()) as (SessionData & { id: string; sid: string })[];
    expect(all.map(({ id }) => id).sort()).toEqual(names);
    expect(all.map(({ sid }) => sid).sort()).toEqual([...sids].sort());
    await called((callback) => store.clear(callback));
    expect(await redis.keys('*')).toEqual(['other']);
  });

  it('leaves out and deletes what is no session', async () => {
    await redis.set(`sess:${nameOf('broken')}`, '{"cookie":');
    await redis.rpush(`sess:${nameOf('list')}`, 'x');
    await store.set('good', data());
    expect(await store.all()).toHaveLength(1);
    expect(await store.get('broken')).toBeNull();
    expect(await store.length()).toBe(1);
  });

  it('tells the callback what went wrong', async () => {
    const closed = redisStore({ client: redis, ids });
    await closed.close();
    await expect(called((callback) => closed.get('sid', callback))).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
    });
    await expect(closed.get('sid')).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  });
});

it('shares sessions with connect-redis, in both directions, under real requests', async () => {
  const serve = async (store: session.Store) => {
    const app = express();
    app.use(session({ store, secret: 'a secret of this test', resave: false, saveUninitialized: false, name: 'sid' }));
    app.get('/', (req, res) => {
      const visits = req.session as unknown as { n?: number };
      visits.n = (visits.n ?? 0) + 1;
      res.json(visits.n);
    });
    const http = app.listen(0);
    await new Promise((resolve) => http.once('listening', resolve));
    return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, close: () => http.close() };
  };
  const nodes = [
    await serve(new RedisStore({ client: nodeRedisLike(redis) })),
    await serve(redisStore({ client: redis, ids: 'plain' })),
  ];
  let cookie = '';
  for (let n = 1; n <= 6; n++) {
    const response = await fetch(nodes[n % 2]!.url, { headers: { cookie } });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    expect(await response.json()).toBe(n);
  }
  for (const node of nodes) node.close();
});

/** What each line of connect-redis asks of a client, on top of ioredis. The newer ones speak to node-redis alone. */
const nodeRedisLike = (client: Redis) => ({
  get: (key: string) => client.get(key),
  set: (key: string, text: string, options: { EX?: number; expiration?: { value: number } }) =>
    client.set(key, text, 'EX', options.EX ?? options.expiration?.value ?? 1),
  expire: (key: string, seconds: number) => client.expire(key, seconds),
  del: (keys: string[]) => client.del(keys),
  scanIterator: () => [],
});
