import type { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { redisStore, type RedisSessionStore } from 'nest-session/redis';
import { TestClock } from '../support/test-clock.js';
import { startCluster, startRedis, type RedisCluster, type RedisServer } from '../support/redis-server.js';
import type { IndexUnderTest } from './index-bench.js';
import { describeIndexContract } from './session-index.contract.js';

let server: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis(), startCluster()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

async function opened(connect: () => Redis | Cluster): Promise<IndexUnderTest> {
  const clock = new TestClock();
  const stores: [store: RedisSessionStore, client: Redis | Cluster][] = [];
  const another = async () => {
    const client = connect();
    const store = redisStore({ client, clock });
    stores.push([store, client]);
    await store.ping();
    return store.index;
  };
  return {
    index: await another(),
    clock,
    another,
    async cleanup() {
      await stores[0]?.[0].clear();
      for (const [store, client] of stores) {
        await store.close();
        client.disconnect();
      }
    },
  };
}

describeIndexContract('redisStore', () => opened(() => server.client()), true);
describeIndexContract(
  'redisStore with keyPrefix and auto-pipelining',
  () => opened(() => server.client({ keyPrefix: 'app[1]:', enableAutoPipelining: true })),
  true,
);
describeIndexContract('redisStore on a Cluster', () => opened(() => cluster.client()), true);
