import type { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { redisStore, type RedisSessionStoreOptions } from '../../libs/session/src/redis/index.js';
import { TestClock } from '../support/test-clock.js';
import { startCluster, startRedis, type RedisCluster, type RedisServer } from '../support/redis-server.js';
import { describeStoreContract, type StoreUnderTest } from './session-store.contract.js';

let server: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis(), startCluster()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

const AGE = `#!lua flags=allow-cross-slot-keys
for _, key in ipairs(redis.call('KEYS', '*')) do
  local ttl = redis.call('PTTL', key)
  if ttl >= 0 then redis.call('PEXPIRE', key, ttl - ARGV[1]) end
end`;

/** Takes every key of Redis along into the future, ahead of the commands that the client sends next. */
class SharedClock extends TestClock {
  constructor(private readonly client: Redis | Cluster) {
    super();
  }

  override advance(ms: number): void {
    super.advance(ms);
    const nodes = this.client.isCluster ? (this.client as Cluster).nodes('master') : [this.client as Redis];
    for (const node of nodes) void node.eval(AGE, 0, ms);
  }
}

async function opened(options: RedisSessionStoreOptions, clock: TestClock): Promise<StoreUnderTest> {
  const store = redisStore({ ...options, clock });
  await store.ping();
  return {
    store,
    clock,
    async cleanup() {
      await store.clear();
      await store.close();
      options.client?.disconnect();
    },
  };
}

const withClient =
  (connect: () => Redis | Cluster, options: RedisSessionStoreOptions = {}) =>
  () => {
    const client = connect();
    return opened({ ...options, client }, new SharedClock(client));
  };

describeStoreContract('redisStore', () => opened({ url: server.url }, new TestClock()), { ownClock: true });

describeStoreContract(
  'redisStore with a near-cache',
  () => opened({ url: server.url, nearCache: true }, new TestClock()),
  { ownClock: true },
);

describeStoreContract(
  'redisStore with a near-cache, keyPrefix and plain ids',
  withClient(() => server.client({ keyPrefix: 'near:' }), { ids: 'plain', nearCache: { maxAge: '1m' } }),
);

describeStoreContract(
  'redisStore with plain ids',
  withClient(() => server.client(), { ids: 'plain' }),
);

describeStoreContract(
  'redisStore with keyPrefix and auto-pipelining',
  withClient(() => server.client({ keyPrefix: 'app[1]:', enableAutoPipelining: true })),
);

describeStoreContract(
  'redisStore on a Cluster',
  withClient(() => cluster.client()),
);
