import { RedisStore } from 'connect-redis';
import { MemoryStore } from 'express-session';
import { afterAll, beforeAll } from 'vitest';
import { connectStore } from '../../libs/session/src/stores/connect.store.js';
import { SlowStore, SyncStore } from '../support/connect-doubles.js';
import { TestClock } from '../support/test-clock.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { describeStoreContract } from './session-store.contract.js';

const nothingToDo = () => Promise.resolve();

describeStoreContract(
  'connectStore(MemoryStore of express-session)',
  () => {
    const clock = new TestClock();
    return Promise.resolve({ store: connectStore(new MemoryStore(), { clock }), clock, cleanup: nothingToDo });
  },
  { ownClock: true },
);

describeStoreContract('connectStore(a synchronous store without touch)', () => {
  const clock = new TestClock();
  return Promise.resolve({ store: connectStore(new SyncStore(), { clock }), clock, cleanup: nothingToDo });
});

describeStoreContract('connectStore(a slow store that shares its objects)', () => {
  const clock = new TestClock();
  return Promise.resolve({ store: connectStore(new SlowStore(), { clock }), clock, cleanup: nothingToDo });
});

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describeStoreContract(
  'connectStore(RedisStore of connect-redis 8 on ioredis)',
  () => {
    const clock = new TestClock();
    const client = redis.client();
    const store = connectStore(new RedisStore({ client }), { clock });
    const cleanup = async () => {
      await client.flushall();
      client.disconnect();
    };
    return Promise.resolve({ store, clock, cleanup });
  },
  { ownClock: true },
);
