import { randomBytes } from 'node:crypto';
import { createServer, connect, type AddressInfo } from 'node:net';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { aRecord, sessionIn } from '../../../../test/support/records.js';
import { startRedis, until, type RedisServer } from '../../../../test/support/redis-server.js';
import { redisStore, type RedisSessionStore, type RedisSessionStoreOptions } from './index.js';

let server: RedisServer;
let redis: Redis;
let opened: RedisSessionStore[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
});
beforeEach(() => redis.flushall());
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  opened = [];
});
afterAll(() => server.stop());

async function open(options: RedisSessionStoreOptions = { client: redis }): Promise<RedisSessionStore> {
  const store = redisStore(options);
  opened.push(store);
  await store.ping();
  return store;
}

const newKey = (): string => randomBytes(32).toString('base64url');

async function created(store: RedisSessionStore, data = {}, clock = new TestClock()) {
  const key = newKey();
  const record = aRecord(clock.now(), { data });
  const version = await store.create(key, record);
  if (version === undefined) throw new Error('the key is taken');
  return { key, record, version };
}

describe('keys', () => {
  it.each([
    ['the default prefix', {}, {}, 'sess:'],
    ['a prefix of its own', {}, { prefix: 'app:' }, 'app:'],
    ['keyPrefix of the client', { keyPrefix: 'shop:' }, {}, 'shop:sess:'],
    ['a prefix that is a pattern', { keyPrefix: 'a*[b]?' }, { prefix: '\\s^-:' }, 'a*[b]?\\s^-:'],
    ['keyPrefix alone', { keyPrefix: 'shop:' }, { prefix: '' }, 'shop:'],
  ])('live under %s', async (_, clientOptions, storeOptions, expected) => {
    const store = await open({ client: server.client(clientOptions), ...storeOptions });
    await redis.mset('other', 'kept', 'aXb:sess:x', 'kept', 'sess', 'kept');
    const { key, record, version } = await created(store);
    expect(await redis.keys('*')).toContain(expected + key);
    expect(await store.read(key)).toMatchObject({ record, version });
    expect(await store.ids()).toEqual([key]);
    expect(await store.length()).toBe(1);
    await store.clear();
    expect((await redis.keys('*')).sort()).toEqual(['aXb:sess:x', 'other', 'sess']);
  });

  it('always end by themselves, at the deadline', async () => {
    const clock = new TestClock();
    const store = await open({ client: redis, clock });
    const ttlAt = async (expiresAt: number) => {
      const key = newKey();
      const version = await store.create(key, aRecord(clock.now(), { expiresAt }));
      const ttls = [await redis.pttl(`sess:${key}`)];
      const saved = await store.save(key, aRecord(clock.now(), { expiresAt }), String(version));
      ttls.push(await redis.pttl(`sess:${key}`));
      await store.renew(key, aRecord(clock.now(), { expiresAt }), saved.status === 'saved' ? saved.version : '');
      ttls.push(await redis.pttl(`sess:${key}`));
      return ttls;
    };
    for (const ttl of await ttlAt(clock.now() + 60_000)) expectWithin(ttl, 59_000, 60_000);
    for (const ttl of await ttlAt(clock.now() + 60_000.4)) expectWithin(ttl, 59_000, 60_001);
    for (const ttl of await ttlAt(Infinity)) expectWithin(ttl, 399 * 86_400_000, 400 * 86_400_000);
    for (const ttl of await ttlAt(8_640_000_000_000_000)) expectWithin(ttl, 399 * 86_400_000, 400 * 86_400_000);
    // A deadline that is over: gone in a millisecond, and not kept for ever.
    for (const ttl of await ttlAt(clock.now() - 1000)) expect([-2, 0, 1]).toContain(ttl);
  });
});

describe('commands', () => {
  it('reads with one GET, and nothing else', async () => {
    const store = await open();
    const { key } = await created(store, { n: 1 });
    await server.resetStats();
    for (let i = 0; i < 20; i++) await store.read(key);
    const counts = await server.commandCounts();
    expect(counts['get']).toBe(20);
    const rest = Object.keys(counts).filter((name) => !/^(get|info|config|hello|client)/.test(name));
    expect(rest).toEqual([]);
  });

  it('writes with one script each, sent once and then by its hash', async () => {
    const store = await open();
    await server.resetStats();
    const { key, record, version } = await created(store);
    const renewed = await store.renew(key, record, version);
    await store.save(key, record, String(renewed));
    await store.delete(key);
    expect(await server.commandCounts()).toMatchObject({ evalsha: 4 });
  });

  it.each([false, true])('survive SCRIPT FLUSH (auto-pipelining %s)', async (enableAutoPipelining) => {
    const store = await open({ client: server.client({ enableAutoPipelining }) });
    const sessions = await Promise.all(Array.from({ length: 20 }, () => created(store)));
    const saves = sessions.map(({ key, record, version }) => store.save(key, record, version));
    await redis.script('FLUSH');
    expect((await Promise.all(saves)).every(({ status }) => status === 'saved')).toBe(true);
    await redis.script('FLUSH');
    expect(await Promise.all(sessions.map(({ key }) => store.delete(key)))).not.toContain(undefined);
  });
});

describe('a reply that is lost', () => {
  let proxy: LossyProxy;
  let store: RedisSessionStore;
  beforeEach(async () => {
    proxy = await startLossyProxy(server.port);
    store = await open({ url: `redis://127.0.0.1:${proxy.port}` });
  });
  afterEach(() => proxy.stop());

  it('does not fail create: what is there is what was sent', async () => {
    proxy.loseNextReply();
    const { key, version } = await created(store, { n: 1 });
    expect(proxy.lost).toBe(1);
    expect(await store.read(key)).toMatchObject({ version, record: { data: { n: 1 } } });
  });

  it('is no conflict for save', async () => {
    const { key, record, version } = await created(store);
    proxy.loseNextReply();
    const saved = await store.save(key, { ...record, data: { n: 2 } }, version);
    expect(proxy.lost).toBe(1);
    expect(saved.status).toBe('saved');
    expect(await store.read(key)).toMatchObject({ record: { data: { n: 2 } } });
  });

  it('leaves a session deleted', async () => {
    const { key } = await created(store);
    proxy.loseNextReply();
    await store.delete(key);
    expect(await store.read(key)).toBeUndefined();
  });
});

describe('a value that is no session', () => {
  const broken: [string, (key: string) => Promise<unknown>][] = [
    ['corrupt text', (key) => redis.set(key, '{"cookie":')],
    ['an empty text', (key) => redis.set(key, '')],
    ['bytes that are no text', (key) => redis.set(key, Buffer.from([0xff, 0xfe, 0x00]))],
    ['JSON without a cookie', (key) => redis.set(key, '{"user":1}')],
    ['a list', (key) => redis.rpush(key, 'x')],
  ];

  it.each(broken)('is deleted and never an error: %s', async (_, put) => {
    const store = await open();
    const record = aRecord(Date.now());
    const cases: ((key: string) => Promise<unknown>)[] = [
      (key) => store.read(key),
      (key) => store.save(key, record, 'x').then(({ status }) => (status === 'missing' ? undefined : status)),
      (key) => store.renew(key, record, 'x'),
      (key) => store.delete(key),
    ];
    for (const use of cases) {
      const key = newKey();
      await put(`sess:${key}`);
      expect(await use(key)).toBeUndefined();
      expect(await redis.exists(`sess:${key}`)).toBe(0);
    }
  });

  it('is deleted by the save that finds it, where only its bytes are wrong', async () => {
    const store = await open();
    const key = newKey();
    const bytes = Buffer.concat([Buffer.from('{"cookie":{},"text":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    await redis.set(`sess:${key}`, bytes);
    const found = await store.read(key);
    expect(await store.save(key, aRecord(Date.now()), String(found?.version))).toEqual({ status: 'missing' });
    expect(await redis.exists(`sess:${key}`)).toBe(0);
  });

  it('that was replaced meanwhile is left alone', async () => {
    const store = await open({ client: redis, serializer: slowSerializer() });
    const key = newKey();
    await redis.set(`sess:${key}`, 'broken');
    const reading = store.read(key);
    await redis.set(`sess:${key}`, '{"cookie":{}}');
    await reading;
    expect(await redis.get(`sess:${key}`)).toBe('{"cookie":{}}');
  });
});

describe('a serializer of the application', () => {
  it('writes and reads every record, and the version names its text', async () => {
    const serializer = {
      stringify: (session: object) => `b64:${Buffer.from(JSON.stringify(session)).toString('base64')}`,
      parse: async (text: string) => JSON.parse(Buffer.from(text.slice(4), 'base64').toString()),
    };
    const store = await open({ client: redis, serializer });
    const { key, record, version } = await created(store, { text: 'ä \ud800' });
    expect(await redis.get(`sess:${key}`)).toMatch(/^b64:/);
    expect(await store.read(key)).toMatchObject({ record, version });
    expect(await store.save(key, record, version)).toMatchObject({ status: 'saved' });
  });
});

describe('plain ids', () => {
  const MINUTE = 60_000;

  it('says what plain ids cannot give, and nothing otherwise', async () => {
    expect((await open({ client: redis, ids: 'plain' })).limitations.join()).toMatch(/moves a session to another id/);
    expect((await open({ client: redis })).limitations).toEqual([]);
  });

  it('name the key by the id itself, and accept what connect-redis wrote', async () => {
    const clock = new TestClock();
    const store = await open({ client: redis, ids: 'plain', clock });
    const expires = new Date(clock.now() + MINUTE).toISOString();
    await redis.set('sess:abc', JSON.stringify({ cookie: { originalMaxAge: MINUTE, expires }, user: 7 }), 'PX', MINUTE);
    const found = await store.read('abc');
    expect(found?.record).toMatchObject({ data: { user: 7 }, lastSeenAt: 0, expiresAt: Date.parse(expires) });
    const saved = await store.save('abc', aRecord(clock.now(), { data: { user: 8 } }), String(found?.version));
    expect(saved.status).toBe('saved');
    expect(await store.get('abc')).toMatchObject({ user: 8, cookie: {} });
  });

  it('take the deadline from the key where another node has pushed it on', async () => {
    const clock = new TestClock();
    const store = await open({ client: redis, ids: 'plain', clock });
    const { key, record, version } = await created(store, { n: 1 }, clock);
    clock.advance(31 * MINUTE);
    await redis.pexpire(`sess:${key}`, 20 * MINUTE);
    await server.resetStats();
    const found = await store.read(key);
    expect(await server.commandCounts()).toMatchObject({ get: 1, pttl: 1 });
    expectWithin(found?.record.expiresAt, clock.now() + 19.9 * MINUTE, clock.now() + 20 * MINUTE);
    // Half of the idle timeout ago: due for a renewal, and not over.
    expectWithin(sessionIn(found).lastSeenAt, clock.now() - 15 * MINUTE, clock.now() - 15 * MINUTE);
    expect(found).toMatchObject({ version, record: { data: { n: 1 } } });
    expect(await store.save(key, record, 'other')).toMatchObject({
      status: 'changed',
      current: { record: { data: { n: 1 } } },
    });
    expect((await store.delete(key))?.record.expiresAt).toBeGreaterThan(clock.now() + 19 * MINUTE);
  });

  it('do so for a record of express-session, whose cookie says when it was last saved', async () => {
    const clock = new TestClock();
    const store = await open({ client: redis, ids: 'plain', clock });
    const expires = new Date(clock.now() - 1000).toISOString();
    await redis.set('sess:abc', JSON.stringify({ cookie: { originalMaxAge: MINUTE, expires } }), 'PX', MINUTE);
    const found = await store.read('abc');
    expectWithin(found?.record.expiresAt, clock.now() + MINUTE - 1000, clock.now() + MINUTE);
    expect(sessionIn(found).lastSeenAt).toBe(0);
  });

  it('leave a record expired whose key has no end, and do not ask for one that is not over', async () => {
    const clock = new TestClock();
    const store = await open({ client: redis, ids: 'plain', clock });
    const { key, record } = await created(store, {}, clock);
    await server.resetStats();
    await store.read(key);
    expect(await server.commandCounts()).not.toHaveProperty('pttl');
    await redis.persist(`sess:${key}`);
    clock.advance(31 * MINUTE);
    expect((await store.read(key))?.record).toEqual(record);
  });

  it('are not needed for what hashed ids write: those never ask', async () => {
    const clock = new TestClock();
    const store = await open({ client: redis, clock });
    const { key, record } = await created(store, {}, clock);
    clock.advance(31 * MINUTE);
    await server.resetStats();
    expect((await store.read(key))?.record).toEqual(record);
    expect(await server.commandCounts()).not.toHaveProperty('pttl');
  });
});

describe('close', () => {
  it('leaves a client alone that was handed in, and lets go of it', async () => {
    const client = server.client();
    const before = client.eventNames().map((name) => client.listenerCount(name));
    const store = await open({ client });
    await store.close();
    expect(await client.ping()).toBe('PONG');
    expect(client.eventNames().map((name) => client.listenerCount(name))).toEqual(before);
    await expect(store.read('x')).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  });

  it('ends the client that the store created', async () => {
    const store = await open({ url: server.url });
    const clients = async () =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length;
    const before = await clients();
    await store.close();
    await until('it is gone', async () => (await clients()) === before - 1);
  });
});

interface LossyProxy {
  readonly port: number;
  readonly lost: number;
  loseNextReply(): void;
  stop(): void;
}

/** Stands between a client and Redis. Can break the connection at the moment when a reply comes back. */
async function startLossyProxy(target: number): Promise<LossyProxy> {
  let lose = false;
  let lost = 0;
  const proxy = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    socket.pipe(upstream).on('error', () => {});
    socket.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => {
      if (!lose) return void socket.write(chunk);
      lose = false;
      lost += 1;
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    get lost() {
      return lost;
    },
    loseNextReply: () => void (lose = true),
    stop: () => proxy.close(),
  };
}

/** Takes a moment to find out that a text is broken. */
const slowSerializer = () => ({
  stringify: (session: object) => JSON.stringify(session),
  parse: async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return JSON.parse(text);
  },
});

function expectWithin(value: number | undefined, low: number, high: number): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}
