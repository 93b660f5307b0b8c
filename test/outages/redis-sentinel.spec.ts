import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redisStore } from '../../libs/session/src/redis/index.js';
import { aRecord, sessionIn } from '../support/records.js';
import { startSentinel, until, type RedisSentinel, type RedisServer } from '../support/redis-server.js';

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

it.each(ways)('hears of changes from the new master when the old one %s', async (_, end) => {
  const client = new Redis({ sentinels: sentinel.sentinels, name: 'main' });
  client.on('error', () => {});
  const store = redisStore({ client, commandTimeout: 500, nearCache: { maxAge: '1h' } });
  await store.ping();
  const record = (n: number) => aRecord(Date.now(), { data: { n } });
  const valueOf = async (key: string) => sessionIn(await store.read(key)).data['n'];
  await store.create('k', record(1));
  await until('the replica has it', () =>
    sentinel.replica.admin(async (replica) => (await replica.exists('sess:k')) === 1),
  );

  await end(sentinel.master);
  const other = redisStore({ url: sentinel.replica.url });
  let version: string | undefined;
  await until(
    'the new master takes writes',
    async () =>
      (version = (await other.read('k'))?.version) !== undefined &&
      (await other.create('again', record(1))) !== undefined,
  );
  const since = performance.now();
  expect(await other.save('k', record(2), String(version))).toMatchObject({ status: 'saved' });
  await until('the change is seen', async () => (await valueOf('k')) === 2);
  expect(performance.now() - since).toBeLessThan(10_000);

  await until('reads cost nothing', async () => {
    await store.read('k');
    await sentinel.replica.resetStats();
    for (let n = 0; n < 10; n++) await store.read('k');
    return (await sentinel.replica.commandCounts())['get'] === undefined;
  });
  await other.delete('k');
  await until('the end is seen', async () => (await store.read('k')) === undefined, 1500);
  await Promise.all([store.close(), other.close()]);
  client.disconnect();
});
