import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redisStore } from '../libs/session/src/redis/index.js';
import { aRecord } from './support/records.js';
import { startSentinel, until, type RedisSentinel, type RedisServer } from './support/redis-server.js';

let sentinel: RedisSentinel;

beforeEach(async () => {
  sentinel = await startSentinel();
});
afterEach(() => sentinel.stop());

const ways: [string, (master: RedisServer) => unknown][] = [
  ['is killed', (master) => master.kill9()],
  ['goes silent', (master) => master.pause()],
];

it.each(ways)('goes on with the new master, without a restart, when the old one %s', async (_, end) => {
  // Nothing but where the Sentinels are: every other setting is the default of ioredis.
  const client = new Redis({ sentinels: sentinel.sentinels, name: 'main' });
  const store = redisStore({ client, commandTimeout: 500 });
  await store.ping();
  const record = aRecord(Date.now(), { data: { n: 1 } });
  const version = await store.create('before', record);
  await until('the replica has it', () =>
    sentinel.replica.admin(async (replica) => (await replica.exists('sess:before')) === 1),
  );

  await end(sentinel.master);
  const start = performance.now();
  let longest = 0;
  const works = async (): Promise<boolean> => {
    const asked = performance.now();
    const created = await store.create(`after-${asked}`, record).catch(() => undefined);
    longest = Math.max(longest, performance.now() - asked);
    return created !== undefined;
  };
  await until('writes are taken again', works);
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(longest).toBeLessThan(600);

  const saved = await store.save('before', { ...record, data: { n: 2 } }, String(version));
  expect(saved.status).toBe('saved');
  expect(await store.renew('before', record, saved.status === 'saved' ? saved.version : '')).toBeTypeOf('string');
  expect(await store.delete('before')).toMatchObject({ record: { data: { n: 1 } } });
  expect(await store.read('before')).toBeUndefined();
  await store.close();
  client.disconnect();
});
