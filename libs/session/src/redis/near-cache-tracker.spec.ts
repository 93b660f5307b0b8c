import { once } from 'node:events';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aRecord } from '../../../../test/support/records.js';
import { startCluster, startRedis, until, type RedisServer } from '../../../../test/support/redis-server.js';
import { startSilentProxy } from '../../../../test/torture/silent-proxy.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { redisStore, type RedisSessionStore, type RedisSessionStoreOptions } from './index.js';

let server: RedisServer;
let opened: RedisSessionStore[] = [];

beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.stop());
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  opened = [];
});

async function open(options: RedisSessionStoreOptions): Promise<RedisSessionStore> {
  const store = redisStore({ nearCache: { maxAge: '1h' }, ...options });
  opened.push(store);
  await store.ping();
  return store;
}
/** Waits until a session that is there is read without Redis. */
const keeps = (store: RedisSessionStore) =>
  until('it is kept', async () => {
    await server.resetStats();
    expect(await store.read('k')).toBeDefined();
    return (await server.commandCounts())['get'] === undefined;
  });

describe('the connection for changes', () => {
  const trackers = (redis: Redis) =>
    redis.client('LIST').then(
      (list) =>
        String(list)
          .split('\n')
          .filter((line) => /flags=\S*t/.test(line)).length,
    );

  it('ends with the store, also when the client is the application’s', async () => {
    const redis = server.client();
    const client = server.client();
    const before = ((await redis.client('LIST')) as string).split('\n').length;
    const store = await open({ client });
    expect(await trackers(redis)).toBe(1);
    await store.close();
    await until('it is gone', async () => (await trackers(redis)) === 0);
    await until(
      'nothing else is left',
      async () => String(await redis.client('LIST')).split('\n').length <= before + 1,
    );
    expect(client.status).toBe('ready');
    await expect(store.read('k')).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    // A client that connects anew brings nothing back.
    client.disconnect(true);
    await until('it is back', () => client.status === 'ready');
    expect(await trackers(redis)).toBe(0);
  });

  it('needs no more rights than the documented user has, and says which it lacks', async () => {
    const rights =
      'on >a-long-password resetchannels ~sess:* -@all +get +set +del +pttl +pexpire +zadd +zrem +zscore +zrangebyscore +zremrangebyscore +scan +eval +evalsha +ping +info';
    const more = '+client|id +client|tracking +subscribe &__redis__:invalidate';
    const setUser = (text: string) =>
      server.admin((redis) => redis.call('ACL', 'SETUSER', 'sessions', ...text.split(' ')));
    await setUser(rights);
    const settings = { username: 'sessions', password: 'a-long-password' };
    await expect(open({ client: server.client(settings) })).rejects.toThrow(/CLIENT TRACKING and SUBSCRIBE/);
    await setUser(`${rights} ${more}`);
    const store = await open({ client: server.client(settings) });
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
  });

  it('is not trusted if it leads to another server', async () => {
    const wrong = await startRedis();
    const client = Object.assign(server.client(), {
      duplicate: (override: RedisOptions) => wrong.client(override),
    });
    await expect(open({ client })).rejects.toThrow(/both lead to the same one/);
    await wrong.stop();
  });

  it('is found again after it broke, and after both did', async () => {
    const client = server.client();
    const store = await open({ client });
    await store.create('k', aRecord(Date.now()));
    for (const type of ['pubsub', 'normal', 'pubsub']) {
      await keeps(store);
      await server.admin((redis) => redis.call('CLIENT', 'KILL', 'TYPE', type));
      await server.admin((redis) => redis.del('sess:k'));
      await until('it is known to be gone', async () => (await store.read('k')) === undefined);
      await store.create('k', aRecord(Date.now()));
    }
    await server.restart();
    await until('it is known to be gone', async () => (await store.read('k')) === undefined);
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
  });

  it('begins anew also when ioredis gives it up', async () => {
    const client = Object.assign(server.client(), {
      duplicate: (override: RedisOptions) => server.client({ ...override, retryStrategy: () => null }),
    });
    const store = await open({ client });
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
    await server.admin((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    await keeps(store);
  });

  it('leaves everything to Redis from the moment it breaks', async () => {
    const proxy = await startSilentProxy(server.url);
    const port = Number(new URL(proxy.url).port);
    const client = Object.assign(server.client(), {
      duplicate: (override: RedisOptions) => server.client({ ...override, port }),
    });
    const store = await open({ client });
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
    await proxy.stop();
    // What was heard last would be proof enough for half a second more.
    await until(
      'it asks',
      async () => {
        await server.resetStats();
        for (let n = 0; n < 10; n++) await store.read('k');
        return (await server.commandCounts())['get'] === 10;
      },
      400,
    );
  });

  it('is not there while that of the client is not, and says so', async () => {
    const client = server.client();
    const store = await open({ client });
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
    client.disconnect();
    await until('the client has ended', () => client.status === 'end');
    await expect(store.read('k')).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  });

  it('is refused for a Cluster', async () => {
    const cluster = await startCluster();
    expect(() => redisStore({ client: cluster.client(), nearCache: true })).toThrow(SessionConfigError);
    expect(() => redisStore({ client: cluster.client(), nearCache: true })).toThrow(
      /nearCache: does not work with a Cluster/,
    );
    await cluster.stop();
  });

  it.each<[string, RedisOptions]>([
    ['replies as protocol 3 has them', { replyMapping: 'resp3' }],
    ['protocol 2', { protocol: 2 }],
    ['auto-pipelining', { enableAutoPipelining: true }],
    ['no queue', { enableOfflineQueue: false }],
    ['no retries', { retryStrategy: () => null, maxRetriesPerRequest: null }],
    ['another database', { db: 3 }],
  ])('works with a client that has %s', async (_, options) => {
    const client = server.client(options);
    await once(client, 'ready');
    const store = await open({ client });
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
    await client.del('sess:k');
    await until('it is known to be gone', async () => (await store.read('k')) === undefined);
  });

  it('starts with a lazy client', async () => {
    const client = server.client({ lazyConnect: true });
    const store = redisStore({ client, nearCache: true });
    opened.push(store);
    expect(client.status).toBe('wait');
    await store.create('k', aRecord(Date.now()));
    await keeps(store);
  });
});
