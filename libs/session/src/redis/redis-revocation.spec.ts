import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { startRedisProxy } from '../../../../test/support/redis-proxy.js';
import { startRedis, until, type RedisServer } from '../../../../test/support/redis-server.js';
import { defineRevocationScripts } from './revocation-scripts.js';
import { redisRevocation, type RedisRevocation, type RedisRevocationOptions } from './index.js';

const HOUR = 3_600_000;
const over = (until: number) => ({ least: Infinity, by: 'asked', over: 'revoked', until }) as const;
// printf %s alice | openssl dgst -sha256 -binary | base64, without padding
const ALICE = 'K9gGyX8OAK8aH8Myj6djqSaXI8jbj6xPk69x2xhtbpA';

const BOTH = { entry: { over: 'revoked' }, revokedBefore: [7] };

let server: RedisServer;
let redis: Redis;
let opened: RedisRevocation[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
});
beforeEach(() => redis.flushall());
afterEach(async () => {
  await Promise.all(opened.map((revocation) => revocation.close()));
  opened = [];
});
afterAll(() => server.stop());

function open(options: RedisRevocationOptions = { client: redis }): RedisRevocation {
  const revocation = redisRevocation(options);
  opened.push(revocation);
  return revocation;
}

describe('keys', () => {
  it.each([
    ['the default prefix', {}, {}, 'seal:'],
    ['a prefix of its own', {}, { prefix: 'app:' }, 'app:'],
    ['no prefix', {}, { prefix: '' }, ''],
    ['keyPrefix of the client', { keyPrefix: 'shop:' }, {}, 'shop:seal:'],
  ])('live under %s', async (_, clientOptions, options, prefix) => {
    const revocation = open({ client: server.client(clientOptions), ...options });
    await revocation.raise('handle', over(Infinity));
    await revocation.revokeBefore('alice', 7, Infinity);
    expect((await redis.keys('*')).sort()).toEqual([`${prefix}name:handle`, `${prefix}user:${ALICE}`]);
    expect(await redis.get(`${prefix}user:${ALICE}`)).toBe('1 7');
    expect(await redis.get(`${prefix}name:handle`)).toMatch(/^1 \* asked - revoked \d{13} [\w-]{12} $/);
    expect(await revocation.read('handle', ['alice'])).toMatchObject(BOTH);
  });

  it('end by themselves, when the last seal is over', async () => {
    const clock = new TestClock();
    const revocation = open({ client: redis, clock });
    const ttls = async (until: number): Promise<number[]> => {
      await revocation.raise('handle', over(until));
      await revocation.revokeBefore('alice', 7, until);
      return [await redis.pttl('seal:name:handle'), await redis.pttl(`seal:user:${ALICE}`)];
    };
    expect(await ttls(clock.now())).toEqual([-2, -2]);
    expect(await ttls(clock.now() - HOUR)).toEqual([-2, -2]);
    for (const ttl of await ttls(clock.now() + HOUR)) expectWithin(ttl, HOUR - 5_000, HOUR);
    // Neither less nor nothing takes it away earlier.
    for (const ttl of await ttls(clock.now() + 1000)) expectWithin(ttl, HOUR - 5_000, HOUR);
    for (const ttl of await ttls(clock.now() - HOUR)) expectWithin(ttl, HOUR - 5_000, HOUR);
    for (const ttl of await ttls(clock.now() + 2 * HOUR - 0.5)) expectWithin(ttl, 2 * HOUR - 5_000, 2 * HOUR);
    // Beyond the 400 days that a session may live.
    for (const ttl of await ttls(clock.now() + 20_000 * HOUR)) expectWithin(ttl, 19_999 * HOUR, 20_000 * HOUR);
    expect(await ttls(Infinity)).toEqual([-1, -1]);
    expect(await ttls(clock.now() + HOUR)).toEqual([-1, -1]);
  });

  it('that mean no time at all never end', async () => {
    await open().raise('handle', over(NaN));
    expect(await redis.pttl('seal:name:handle')).toBe(-1);
  });

  it('of another type are an error and no answer', async () => {
    const revocation = open();
    await redis.rpush('seal:name:handle', 'x');
    const unavailable = { code: 'SESSION_STORE_UNAVAILABLE' };
    await expect(revocation.read('handle', [])).rejects.toMatchObject(unavailable);
    await expect(revocation.raise('handle', over(Infinity))).rejects.toMatchObject(unavailable);
    expect(await redis.type('seal:name:handle')).toBe('list');
  });
});

describe('commands', () => {
  it('reads with a GET for the name and one for each user, and nothing else', async () => {
    const revocation = open();
    await server.resetStats();
    for (let n = 0; n < 10; n++) await revocation.read('handle', []);
    expect((await server.commandCounts())['get']).toBe(10);
    for (let n = 0; n < 10; n++) await revocation.read('handle', ['alice', 'actor']);
    const counts = await server.commandCounts();
    expect(counts['get']).toBe(40);
    expect(Object.keys(counts).filter((name) => !/^(get|info|config|hello|client)/.test(name))).toEqual([]);
  });

  it.each([false, true])('asks all in one round trip (auto-pipelining %s)', async (enableAutoPipelining) => {
    const proxy = await startRedisProxy(server.port);
    const client = server.client({ port: proxy.port, enableAutoPipelining });
    const revocation = open({ client });
    await revocation.ping();
    await revocation.raise('handle', over(Infinity));
    await revocation.revokeBefore('alice', 7, Infinity);
    // Nothing comes back before all are there: a second question that waits for the first answer is never sent.
    proxy.holdRepliesUntilSent(/get\r\n[^]*get\r\n[^]*get\r\n/i);
    expect(await revocation.read('handle', ['alice', 'actor'])).toMatchObject({ ...BOTH, revokedBefore: [7, 0] });
    proxy.stop();
  });

  it('survives SCRIPT FLUSH', async () => {
    const revocation = open();
    await revocation.raise('one', over(Infinity));
    await redis.script('FLUSH');
    expect(await revocation.raise('two', over(Infinity))).toBeUndefined();
    await redis.script('FLUSH');
    await revocation.revokeBefore('alice', 7, Infinity);
    expect(await revocation.read('two', ['alice'])).toMatchObject(BOTH);
  });

  it('tells the first call that it was first, also if the reply was lost and the command sent again', async () => {
    const proxy = await startRedisProxy(server.port);
    const revocation = open({ url: `redis://127.0.0.1:${proxy.port}` });
    await revocation.ping();
    proxy.loseNextReply();
    expect(await revocation.raise('handle', over(Infinity))).toBeUndefined();
    expect(proxy.lost).toBe(1);
    expect((await revocation.raise('handle', over(Infinity)))?.over).toBe('revoked');
    proxy.stop();
  });

  it('tells a call the same when its command comes once more, whatever came in between that changes nothing', async () => {
    const scripts = defineRevocationScripts(redis);
    const end = (token: string) => scripts.nestSessionRaise('key', -1, token, '*', 'asked', '-', 'revoked', '9');
    await scripts.nestSessionRaise('key', -1, 'renewal', '1', 'age', '8', '-', '7');
    const told = await Promise.all(['first', 'second', 'first', 'second'].map(end));
    const renewal = '1 1 age 8 - 7';
    const ended = '1 * asked - revoked 9';
    expect(told).toEqual([renewal, ended, renewal, ended]);
  });

  it('needs no more rights than the user that is documented for the store', async () => {
    const rights =
      'on >a-long-password resetchannels ~seal:* -@all +get +set +del +pttl +pexpire +scan +eval +evalsha +ping +info';
    await redis.call('ACL', 'SETUSER', 'sessions', ...rights.split(' '));
    const revocation = open({ url: `redis://sessions:a-long-password@127.0.0.1:${server.port}` });
    await revocation.ping();
    expect(await revocation.raise('handle', over(Date.now() + HOUR))).toBeUndefined();
    await revocation.revokeBefore('alice', 7, Infinity);
    expect(await revocation.read('handle', ['alice'])).toMatchObject(BOTH);
    const elsewhere = open({ url: `redis://sessions:a-long-password@127.0.0.1:${server.port}`, prefix: 'other:' });
    await expect(elsewhere.ping()).rejects.toThrow(/the ACL user may not do this/);
  });
});

describe('ping', () => {
  it('leaves nothing behind that stays', async () => {
    await open().ping();
    for (const key of await redis.keys('*')) expectWithin(await redis.pttl(key), 0, 10_000);
  });

  it('fails where reads are answered by another server, which may not have heard of a logout yet', async () => {
    const replica = await startRedis();
    const proxy = await startRedisProxy(server.port, replica.port);
    const revocation = open({ url: `redis://127.0.0.1:${proxy.port}` });
    await expect(revocation.ping()).rejects.toThrow(/does not return at once what was written/);
    proxy.stop();
    await replica.stop();
  });

  it('fails where nothing can be written', async () => {
    await redis.config('SET', 'maxmemory', '1');
    const failure = open().ping();
    await expect(failure).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    await expect(failure).rejects.toThrow(/memory limit/);
    await redis.config('SET', 'maxmemory', '0');
  });
});

describe('close', () => {
  it('leaves a client alone that was handed in, and lets go of it', async () => {
    const client = server.client();
    const before = client.eventNames().map((name) => client.listenerCount(name));
    const revocation = open({ client });
    await revocation.ping();
    await revocation.close();
    expect(await client.ping()).toBe('PONG');
    expect(client.eventNames().map((name) => client.listenerCount(name))).toEqual(before);
  });

  it('ends the client that it created', async () => {
    const clients = async (): Promise<number> =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length;
    const before = await clients();
    const revocation = open({ url: server.url });
    await revocation.ping();
    expect(await clients()).toBe(before + 1);
    await revocation.close();
    await until('it is gone', async () => (await clients()) === before);
  });
});

function expectWithin(value: number, low: number, high: number): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}
