import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeRecord } from '../../libs/session/src/core/record-format.js';
import { redisStore, type RedisSessionStore } from '../../libs/session/src/redis/index.js';
import { isStoredSession } from '../../libs/session/src/stores/session-store.js';
import { startChild } from '../support/child.js';
import { aRecord } from '../support/records.js';
import { until } from '../support/redis-server.js';
import { DurableRedis } from './durable-redis.js';
import { startSilentProxy } from './silent-proxy.js';

/** What is promised, in milliseconds: a heartbeat, and how long it is waited for. */
const BOUND = 1500;
const KEYS = Array.from({ length: 20 }, (_, n) => `k${n}`);

let redis: DurableRedis;
beforeAll(async () => void (redis = await DurableRedis.start()));
afterAll(() => redis.stop());

/** Changes sessions one after the other, each to the next number, and remembers what was acknowledged when. */
class Writer {
  private readonly redis: Redis;
  private readonly acknowledged = new Map<string, { at: number; n: number }[]>();
  private flushed = 0;
  private n = 0;
  private stopped = false;
  private running: Promise<void> | undefined;

  constructor(url: string) {
    this.redis = new Redis(url, { commandTimeout: 3000, maxRetriesPerRequest: 1, retryStrategy: () => 20 });
    this.redis.on('error', () => {});
  }

  async start(): Promise<void> {
    for (const key of KEYS) await this.write(key);
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    this.redis.disconnect();
  }

  /** Deletes everything, which counts as a change of every session. */
  async flush(): Promise<void> {
    const n = ++this.n;
    this.flushed = n;
    await this.redis.flushall();
    for (const key of KEYS) this.note(key, n);
  }

  /** How long (ms) a newer state had been acknowledged when a read began that found this; 0 if none had. */
  ageOf(key: string, found: unknown, began: number): number {
    // What is not there may be so because of the last flush, but not of one that has not begun.
    const n = found === undefined ? this.flushed : Number(found);
    const newer = this.acknowledged.get(key)?.find((state) => state.n > n);
    return newer ? Math.max(0, began - newer.at) : 0;
  }

  private async run(): Promise<void> {
    for (let turn = 0; !this.stopped; turn++) {
      await this.write(KEYS[turn % KEYS.length] ?? '').catch(() => sleep(20));
      await sleep(1);
    }
  }

  private async write(key: string): Promise<void> {
    const n = ++this.n;
    await this.redis.set(`sess:${key}`, encodeRecord(aRecord(Date.now(), { data: { n } })), 'PX', 600_000);
    this.note(key, n);
  }

  private note(key: string, n: number): void {
    const states = this.acknowledged.get(key) ?? [];
    states.push({ at: performance.now(), n });
    this.acknowledged.set(key, states);
  }
}

/** Reads all the time until something is over. @returns how often, the oldest that was found (ms), and how often Redis was away */
async function readDuring(store: RedisSessionStore, writer: Writer, during: Promise<unknown>, atLeast = 0) {
  let over = false;
  void during.then(() => (over = true));
  let [reads, worst, refused] = [0, 0, 0];
  const readOne = async (key: string): Promise<void> => {
    const began = performance.now();
    const found = await store.read(key).catch(() => 'refused' as const);
    if (found === 'refused') refused += 1;
    else {
      reads += 1;
      worst = Math.max(worst, writer.ageOf(key, isStoredSession(found) ? found.record.data['n'] : undefined, began));
    }
  };
  while (!over || reads < atLeast) {
    await Promise.all(Array.from({ length: 30 }, (_, n) => readOne(KEYS[(reads + 7 * n) % KEYS.length] ?? '')));
    await nextTurn();
  }
  await during;
  return { reads, worst, refused };
}

const getsOf = async (): Promise<number> =>
  Number(/cmdstat_get:calls=(\d+)/.exec(await redis.admin.info('commandstats'))?.[1] ?? 0);
/** Waits until the near-cache is of use. */
const isUsed = (store: RedisSessionStore, key = 'unchanged') =>
  until('reads cost nothing', async () => {
    await store.read(key);
    await sleep(5);
    const before = await getsOf();
    for (let n = 0; n < 10; n++) await store.read(key);
    return (await getsOf()) === before;
  });
const put = (key: string, n: number) =>
  redis.admin.set(`sess:${key}`, encodeRecord(aRecord(Date.now(), { data: { n } })));

it('gives nothing that is older than its bound: tracker killed, FLUSHALL, SIGSTOP, kill -9', async () => {
  const store = redisStore({ url: redis.url, nearCache: true });
  await store.ping();
  const writer = new Writer(redis.url);
  await writer.start();
  const faults = async (): Promise<void> => {
    await put('unchanged', 1);
    await isUsed(store);
    for (let n = 0; n < 5; n++) {
      await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await sleep(100);
    }
    for (let n = 0; n < 5; n++) {
      await writer.flush();
      await sleep(50);
    }
    await put('unchanged', 1);
    await isUsed(store);
    redis.pause();
    await sleep(2000);
    redis.resume();
    await isUsed(store);
    await redis.kill9();
    await sleep(300);
    await redis.launch();
    await isUsed(store);
  };
  const { reads, worst, refused } = await readDuring(store, writer, faults(), 50_000);
  await writer.stop();
  await store.close();
  expect(reads).toBeGreaterThanOrEqual(50_000);
  // Redis was away for a while, and said so.
  expect(refused).toBeGreaterThan(0);
  expect(worst).toBeLessThanOrEqual(BOUND);
});

it.each([
  ['a heartbeat that stays away', { maxAge: '1h' as const }, BOUND],
  ['the age of what was read', { maxAge: 400 }, 400],
])('is bounded by %s, when changes are lost and nothing says so', async (_, nearCache, bound) => {
  const proxy = await startSilentProxy(redis.url);
  const client = new Redis(redis.url);
  const { port } = new URL(proxy.url);
  const duplicate = (override: RedisOptions) =>
    new Redis({ ...override, port: Number(port), host: '127.0.0.1' } as object);
  const store = redisStore({ client: Object.assign(client, { duplicate }), nearCache });
  await store.ping();
  const writer = new Writer(redis.url);
  await writer.start();
  await put('unchanged', 1);
  await isUsed(store);
  const silence = async (): Promise<void> => {
    await sleep(300);
    proxy.silence();
    await sleep(2500);
    proxy.speak();
    await isUsed(store);
  };
  const { worst } = await readDuring(store, writer, silence());
  await writer.stop();
  await store.close();
  client.disconnect();
  await proxy.stop();
  expect(worst).toBeLessThanOrEqual(bound);
  // It was blind for a while: otherwise this shows nothing.
  expect(worst).toBeGreaterThan(bound / 4);
});

it('gives nothing old after the process itself was stopped for longer than the bound', async () => {
  await put('k', 0);
  const peer = startChild('near-cache-peer', [redis.url, 'read', '3']);
  const told: string[] = [];
  peer.onLine((line) => told.push(line));
  await until('it reads', () => told.length === 1);
  for (let n = 1; n <= 3; n++) {
    await sleep(200);
    peer.process.kill('SIGSTOP');
    await put('k', n);
    await sleep(BOUND + 200);
    peer.process.kill('SIGCONT');
    await until('it has read', () => told.length === n + 1);
  }
  expect(told).toEqual(['reading', '1', '2', '3']);
  expect((await peer.done).code).toBe(0);
});

it('sees within 10 ms what another process ended', async () => {
  const COUNT = 300;
  const store = redisStore({ url: redis.url, nearCache: { maxAge: '1h' } });
  await store.ping();
  for (let n = 0; n < COUNT; n++) await put(String(n), n);
  await put('unchanged', 1);
  await isUsed(store);
  for (let n = 0; n < COUNT; n++) await store.read(String(n));
  const peer = startChild('near-cache-peer', [redis.url, 'end', String(COUNT)]);
  const seen: number[] = [];
  const before = await getsOf();
  while (seen.length < COUNT) {
    if ((await store.read(String(seen.length))) === undefined) seen.push(performance.timeOrigin + performance.now());
    await nextTurn();
  }
  // Of each it was told: it asked for none in between. (The scripts that end a session count as one each.)
  expect((await getsOf()) - before).toBeLessThan(2 * COUNT + 10);
  const { lines } = await peer.done;
  const late = seen.map((at, n) => at - Number(lines[n])).sort((one, other) => one - other);
  await store.close();
  expect(late).toHaveLength(COUNT);
  expect(late[COUNT / 2]).toBeLessThan(10);
  expect(late.at(-1)).toBeLessThanOrEqual(BOUND);
});
