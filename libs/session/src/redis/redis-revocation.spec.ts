import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { startRedisProxy } from '../../../../test/support/redis-proxy.js';
import { startRedis, until, type RedisServer } from '../../../../test/support/redis-server.js';
import { defineRevocationScripts } from './revocation-scripts.js';
import { redisRevocation, type RedisRevocation, type RedisRevocationOptions } from './index.js';

const HOUR = 3_600_000;
// printf %s alice | openssl dgst -sha256 -binary | base64, without padding
const ALICE = 'K9gGyX8OAK8aH8Myj6djqSaXI8jbj6xPk69x2xhtbpA';

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
    await revocation.revoke('handle', Infinity);
    await revocation.revokeUser('alice', 'epoch', Infinity);
    expect((await redis.keys('*')).sort()).toEqual([`${prefix}epoch:${ALICE}`, `${prefix}revoked:handle`]);
    expect(await redis.get(`${prefix}epoch:${ALICE}`)).toBe('epoch');
    expect(await revocation.read('handle', 'alice')).toEqual({ revoked: true, epoch: 'epoch' });
  });

  it('end by themselves, when the last seal is over', async () => {
    const clock = new TestClock();
    const revocation = open({ client: redis, clock });
    const ttls = async (until: number): Promise<number[]> => {
      await revocation.revoke('handle', until);
      await revocation.revokeUser('alice', 'epoch', until);
      return [await redis.pttl('seal:revoked:handle'), await redis.pttl(`seal:epoch:${ALICE}`)];
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
    await open().revoke('handle', NaN);
    expect(await redis.pttl('seal:revoked:handle')).toBe(-1);
  });

  it('of another type are an error and no answer', async () => {
    const revocation = open();
    await redis.rpush('seal:revoked:handle', 'x');
    const unavailable = { code: 'SESSION_STORE_UNAVAILABLE' };
    await expect(revocation.read('handle', undefined)).rejects.toMatchObject(unavailable);
    await expect(revocation.revoke('handle', Infinity)).rejects.toMatchObject(unavailable);
    expect(await redis.type('seal:revoked:handle')).toBe('list');
  });
});

describe('commands', () => {
  it('reads with a GET for the session and one for the user, and nothing else', async () => {
    const revocation = open();
    await server.resetStats();
    for (let n = 0; n < 10; n++) await revocation.read('handle', undefined);
    expect((await server.commandCounts())['get']).toBe(10);
    for (let n = 0; n < 10; n++) await revocation.read('handle', 'alice');
    const counts = await server.commandCounts();
    expect(counts['get']).toBe(30);
    expect(Object.keys(counts).filter((name) => !/^(get|info|config|hello|client)/.test(name))).toEqual([]);
  });

  it.each([false, true])('asks both in one round trip (auto-pipelining %s)', async (enableAutoPipelining) => {
    const proxy = await startRedisProxy(server.port);
    const client = server.client({ port: proxy.port, enableAutoPipelining });
    const revocation = open({ client });
    await revocation.ping();
    await revocation.revoke('handle', Infinity);
    await revocation.revokeUser('alice', 'epoch', Infinity);
    // Nothing comes back before both are there: a second question that waits for the first answer is never sent.
    proxy.holdRepliesUntilSent(/get\r\n[^]*get\r\n/i);
    expect(await revocation.read('handle', 'alice')).toEqual({ revoked: true, epoch: 'epoch' });
    proxy.stop();
  });

  it('survives SCRIPT FLUSH', async () => {
    const revocation = open();
    await revocation.revoke('one', Infinity);
    await redis.script('FLUSH');
    expect(await revocation.revoke('two', Infinity)).toBe(true);
    await redis.script('FLUSH');
    await revocation.revokeUser('alice', 'epoch', Infinity);
    expect(await revocation.read('two', 'alice')).toEqual({ revoked: true, epoch: 'epoch' });
  });

  it('tells the first that he was first, also if the reply was lost and the command sent again', async () => {
    const proxy = await startRedisProxy(server.port);
    const revocation = open({ url: `redis://127.0.0.1:${proxy.port}` });
    await revocation.ping();
    proxy.loseNextReply();
    expect(await revocation.revoke('handle', Infinity)).toBe(true);
    expect(proxy.lost).toBe(1);
    expect(await revocation.revoke('handle', Infinity)).toBe(false);
    proxy.stop();
  });

  it('knows the first again when his command comes once more, whoever came in between', async () => {
    const scripts = defineRevocationScripts(redis);
    const told = ['first', 'second', 'first', 'second'].map((token) => scripts.nestSessionRevoke('key', token, -1));
    expect(await Promise.all(told)).toEqual([1, 0, 1, 0]);
  });

  it('needs no more rights than the user that is documented for the store', async () => {
    const rights =
      'on >a-long-password resetchannels ~seal:* -@all +get +set +del +pttl +pexpire +scan +eval +evalsha +ping +info';
    await redis.call('ACL', 'SETUSER', 'sessions', ...rights.split(' '));
    const revocation = open({ url: `redis://sessions:a-long-password@127.0.0.1:${server.port}` });
    await revocation.ping();
    expect(await revocation.revoke('handle', Date.now() + HOUR)).toBe(true);
    await revocation.revokeUser('alice', 'epoch', Infinity);
    expect(await revocation.read('handle', 'alice')).toEqual({ revoked: true, epoch: 'epoch' });
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
    await expect(revocation.ping()).rejects.toThrow(/does not give back at once what it was given/);
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
