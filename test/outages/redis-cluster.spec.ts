import { randomBytes } from 'node:crypto';
import type { SessionData } from 'express-session';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { redisStore } from '../../libs/session/src/redis/index.js';
import { aRecord } from '../support/records.js';
import { startCluster, until, type RedisCluster } from '../support/redis-server.js';

let cluster: RedisCluster;

beforeAll(async () => {
  // What is left of the Cluster serves its own keys.
  cluster = await startCluster(['--cluster-require-full-coverage', 'no']);
});
beforeEach(() => Promise.all(cluster.masters.map((master) => master.admin((client) => client.flushall()))));
afterAll(() => cluster.stop());

const newKey = (): string => randomBytes(32).toString('base64url');

it.each([
  ['by default', {}, 'sess:'],
  ['with auto-pipelining', { enableAutoPipelining: true }, 'sess:'],
  ['with keyPrefix', { keyPrefix: 'app:' }, 'app:sess:'],
])('creates, reads, saves, renews and deletes on every master %s', async (_, options, prefix) => {
  const store = redisStore({ client: cluster.client(options) });
  await store.ping();
  const keys = Array.from({ length: 99 }, newKey);
  await Promise.all(
    keys.map(async (key, n) => {
      const record = aRecord(Date.now(), { data: { n } });
      const version = await store.create(key, record);
      expect(await store.create(key, record)).toBeUndefined();
      const saved = await store.save(key, { ...record, data: { n, m: n } }, String(version));
      expect(await store.save(key, record, String(version))).toMatchObject({ status: 'changed' });
      expect(
        await store.renew(key, { ...record, data: { n, m: n } }, saved.status === 'saved' ? saved.version : ''),
      ).toBeTypeOf('string');
      expect(await store.read(key)).toMatchObject({ record: { data: { n, m: n } } });
    }),
  );
  const perMaster = await Promise.all(cluster.masters.map((master) => master.admin((client) => client.keys('*'))));
  for (const found of perMaster) expect(found.length).toBeGreaterThan(0);
  expect(perMaster.flat().sort()).toEqual(keys.map((key) => prefix + key).sort());

  expect(await store.length()).toBe(99);
  expect((await store.ids()).sort()).toEqual([...keys].sort());
  expect(
    (await store.all()).map((session) => (session as SessionData & { n: number }).n).sort((a, b) => a - b),
  ).toEqual(keys.map((__, n) => n));
  expect(await store.delete(keys[0]!)).toMatchObject({ record: { data: { n: 0 } } });
  await store.clear();
  expect(await store.length()).toBe(0);
  await store.close();
});

it('survives SCRIPT FLUSH on every master', async () => {
  const store = redisStore({ client: cluster.client() });
  await store.ping();
  const keys = Array.from({ length: 30 }, newKey);
  await Promise.all(keys.map((key) => store.create(key, aRecord(Date.now()))));
  await Promise.all(cluster.masters.map((master) => master.admin((client) => client.script('FLUSH'))));
  expect(await Promise.all(keys.map((key) => store.delete(key)))).not.toContain(undefined);
});

it('needs no more rights than the documented user has', async () => {
  const rights =
    'on >a-long-password resetchannels ~sess:* -@all +get +set +del +pttl +pexpire +zadd +zrem +zscore +zrangebyscore +zremrangebyscore +scan +eval +evalsha +ping +info +cluster|slots +cluster|info +readonly';
  for (const master of cluster.masters) {
    await master.admin((client) => client.call('ACL', 'SETUSER', 'sessions', ...rights.split(' ')));
  }
  const redisOptions = { username: 'sessions', password: 'a-long-password' };
  const store = redisStore({ client: cluster.client({ redisOptions }) });
  await store.ping();
  await Promise.all(Array.from({ length: 20 }, () => store.create(newKey(), aRecord(Date.now()))));
  expect(await store.all()).toHaveLength(20);
  await store.clear();
  expect(await store.length()).toBe(0);
  await store.close();
});

it('loses only the sessions of a master that does not answer, and gets them back with it', async () => {
  const store = redisStore({ client: cluster.client(), commandTimeout: 200 });
  await store.ping();
  const keys = Array.from({ length: 60 }, newKey);
  await Promise.all(keys.map((key) => store.create(key, aRecord(Date.now()))));
  const onFirst = new Set(await cluster.masters[0]!.admin((client) => client.keys('*')));
  const [lost, kept] = [
    keys.filter((key) => onFirst.has(`sess:${key}`)),
    keys.filter((key) => !onFirst.has(`sess:${key}`)),
  ];

  cluster.masters[0]!.pause();
  await expect(store.read(lost[0]!)).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  const start = performance.now();
  const results = await Promise.allSettled(lost.map((key) => store.read(key)));
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  expect(await Promise.all(kept.map((key) => store.read(key)))).not.toContain(undefined);
  expect(performance.now() - start).toBeLessThan(150);

  cluster.masters[0]!.resume();
  await until(
    'they are back',
    async () => (await Promise.all(lost.map((key) => store.read(key)))).every(Boolean),
    5000,
  );
  await store.close();
});

it('bounds every wait while a master is gone, and works again when it is back', async () => {
  const store = redisStore({ client: cluster.client(), commandTimeout: 300 });
  await store.ping();
  await cluster.masters[1]!.kill9();
  const keys = Array.from({ length: 30 }, newKey);
  const waits = await Promise.all(
    keys.map(async (key) => {
      const start = performance.now();
      const outcome = await store.create(key, aRecord(Date.now())).catch((error: unknown) => error);
      return { outcome, after: performance.now() - start };
    }),
  );
  expect(waits.some(({ outcome }) => typeof outcome === 'string')).toBe(true);
  for (const { after } of waits) expect(after).toBeLessThan(500);
  const errors = waits.map(({ outcome }) => outcome).filter((outcome) => typeof outcome !== 'string');
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) expect(error).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  // The file with its slots is still there, so it comes back as what it was.
  await cluster.masters[1]!.restart();
  const works = async (): Promise<boolean> => {
    await Promise.all(keys.map((key) => store.read(key)));
    return true;
  };
  await until('it works again', works);
  await store.close();
});
