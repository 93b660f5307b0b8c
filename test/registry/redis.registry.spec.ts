import { afterAll, beforeAll } from 'vitest';
import { redisStore } from 'nest-session/redis';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
import { startCluster, startRedis, type RedisCluster, type RedisServer } from '../support/redis-server.js';
import { describeRegistry } from './registry.suite.js';

let server: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis(), startCluster()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

const emptied = (...servers: readonly RedisServer[]) =>
  Promise.all(servers.map((one) => one.admin((client) => client.flushall())));

describeRegistry(
  'Redis',
  async (clock) => {
    await emptied(server);
    const store = redisStore({ url: server.url, clock });
    return { store, cleanup: () => store.close() };
  },
  inFull(platforms, ['express']),
);

describeRegistry(
  'Redis with a near-cache',
  async (clock) => {
    await emptied(server);
    const store = redisStore({ url: server.url, clock, nearCache: { maxAge: '1h' } });
    return { store, cleanup: () => store.close() };
  },
  inFull(platforms, ['fastify']),
);

const AGE = `#!lua flags=allow-cross-slot-keys
for _, key in ipairs(redis.call('KEYS', '*')) do
  local ttl = redis.call('PTTL', key)
  if ttl >= 0 then redis.call('PEXPIRE', key, ttl - ARGV[1]) end
end`;

describeRegistry(
  'Redis with plain ids and keyPrefix',
  async (clock) => {
    await emptied(server);
    const client = server.client({ keyPrefix: 'app[1]:' });
    const advance = clock.advance.bind(clock);
    // With plain ids a record lives as long as its key, which others may have pushed on.
    clock.advance = (ms) => {
      advance(ms);
      void client.eval(AGE, 0, ms);
    };
    const store = redisStore({ client, ids: 'plain', clock });
    return {
      store,
      async cleanup() {
        await store.close();
        client.disconnect();
      },
    };
  },
  inFull(platforms, ['express']),
  'plain',
);

describeRegistry(
  'a Redis Cluster',
  async (clock) => {
    await emptied(...cluster.masters);
    const client = cluster.client();
    const store = redisStore({ client, clock });
    return {
      store,
      async cleanup() {
        await store.close();
        client.disconnect();
      },
    };
  },
  inFull(platforms, ['fastify']),
);
