import { inspect } from 'node:util';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aRecord } from '../../../../test/support/records.js';
import {
  freePort,
  startRedis,
  until,
  type RedisServer,
  type StartRedisOptions,
} from '../../../../test/support/redis-server.js';
import { startSilentServer, type SilentServer } from '../../../../test/support/silent-server.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { redisStore, type RedisSessionStore, type RedisSessionStoreOptions } from './index.js';

let server: RedisServer;
let opened: RedisSessionStore[] = [];
let started: RedisServer[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  opened = [];
  await Promise.all(started.map((other) => other.stop()));
  started = [];
});
afterAll(() => server.stop());

function open(options: RedisSessionStoreOptions): RedisSessionStore {
  const store = redisStore(options);
  opened.push(store);
  return store;
}

/** A server of one test, beside the one that all share. */
async function another(options?: StartRedisOptions): Promise<RedisServer> {
  const other = await startRedis(options);
  started.push(other);
  return other;
}

/** What a call rejects with, and after how long (ms). */
async function failure(call: () => Promise<unknown>): Promise<{ error: unknown; after: number }> {
  const start = performance.now();
  try {
    await call();
  } catch (error) {
    return { error, after: performance.now() - start };
  }
  throw new Error('the call did not fail');
}

const fails = async (call: () => Promise<unknown>): Promise<boolean> =>
  call().then(
    () => false,
    () => true,
  );

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a server that is gone', () => {
  it('fails at once, on every operation, and recovers within a second', async () => {
    const store = open({ url: server.url });
    await store.ping();
    await server.kill9();
    await pause(450);
    const record = aRecord(Date.now());
    const calls: (() => Promise<unknown>)[] = [
      () => store.read('k'),
      () => store.create('k', record),
      () => store.save('k', record, 'v'),
      () => store.renew('k', record, 'v'),
      () => store.delete('k'),
      () => store.ping(),
      () => store.length(),
      () => store.get('k'),
    ];
    for (const call of calls) {
      const { error, after } = await failure(call);
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(error).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } });
      expect(after).toBeLessThan(100);
    }
    await server.restart();
    await until('it works again', async () => !(await fails(() => store.read('k'))), 1000);
  });

  it('holds nothing up for longer than commandTimeout when it goes, whatever the client does', async () => {
    // A client with the defaults of ioredis waits for many seconds by itself.
    const client = server.client();
    const store = open({ client, commandTimeout: 300 });
    await store.ping();
    await server.kill9();
    const { after } = await failure(() => store.read('k'));
    expect(after).toBeLessThan(400);
    await server.restart();
    await until('it works again', async () => !(await fails(() => store.read('k'))));
  });

  it('is not noticed if the connection is back in a moment', async () => {
    const store = open({ url: server.url });
    await store.ping();
    let running = true;
    let failed = 0;
    const traffic = (async () => {
      for (; running; await pause(2)) if (await fails(() => store.read('k'))) failed += 1;
    })();
    for (let kills = 0; kills < 3; kills++) {
      await pause(30);
      await server.admin((client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal'));
    }
    await pause(200);
    running = false;
    await traffic;
    expect(failed).toBe(0);
  });

  it('at the start is told within connectTimeout, with what to do', async () => {
    const port = await freePort();
    const client = server.client({ port, connectTimeout: 300 });
    const { error, after } = await failure(() => open({ client }).ping());
    expect(after).toBeLessThan(500);
    expect(String(error)).toMatch(/no connection within 300 ms.*check that it runs/);
  });

  it('at the start may come a little later', async () => {
    const late = await another();
    await late.kill9();
    const ping = open({ url: late.url }).ping();
    await pause(100);
    await late.restart();
    await ping;
  });
});

describe('a server that does not answer', () => {
  it('fails once after commandTimeout, then at once, and works again when it answers', async () => {
    const client = server.client();
    const store = open({ client, commandTimeout: 200 });
    await store.ping();
    server.pause();
    const first = await failure(() => store.read('k'));
    expect(first.after).toBeGreaterThan(190);
    expect(first.after).toBeLessThan(300);
    expect(String(first.error)).toMatch(/Redis did not do/);
    for (let i = 0; i < 20; i++) expect((await failure(() => store.read('k'))).after).toBeLessThan(20);
    await pause(450);
    const sent = client.options.commandTimeout;
    server.resume();
    await until('it works again', async () => !(await fails(() => store.read('k'))), 1000);
    expect(sent).toBeUndefined();
  });

  it('probes with one PING at a time', async () => {
    const store = open({ client: server.client(), commandTimeout: 100 });
    await store.ping();
    await server.resetStats();
    server.pause();
    await Promise.all(Array.from({ length: 50 }, () => fails(() => store.read('k'))));
    await pause(700);
    server.resume();
    await until('it works again', async () => !(await fails(() => store.read('k'))), 1000);
    expect((await server.commandCounts())['ping']).toBe(1);
  });

  describe('from the start', () => {
    let silent: SilentServer;
    beforeAll(async () => {
      silent = await startSilentServer();
    });
    afterAll(() => silent.stop());

    it('fails the start, and every command', async () => {
      const client = server.client({ port: silent.port, connectTimeout: 300 });
      const store = open({ client, commandTimeout: 200 });
      expect((await failure(() => store.ping())).after).toBeLessThan(500);
      expect((await failure(() => store.read('k'))).after).toBeLessThan(300);
      expect((await failure(() => store.read('k'))).after).toBeLessThan(20);
    });
  });

  it('is left for a new connection, if only the old one is dead', async () => {
    const proxy = await startPartition(server.port);
    const client = server.client({ port: proxy.port, disconnectTimeout: 100 });
    const store = open({ client, commandTimeout: 200 });
    await store.ping();
    proxy.cutOff();
    expect(await fails(() => store.read('k'))).toBe(true);
    await until('it works again', async () => !(await fails(() => store.read('k'))), 6000);
    proxy.stop();
  });
});

it('is not blamed for what this process was busy with', async () => {
  const store = open({ client: server.client(), commandTimeout: 50 });
  await store.ping();
  const reading = store.read('k');
  setImmediate(() => {
    const end = performance.now() + 150;
    while (performance.now() < end);
  });
  expect(await reading).toBeUndefined();
});

describe('errors', () => {
  it('say that a replica was asked to write', async () => {
    const replica = await another({ args: ['--replicaof', `127.0.0.1 ${await freePort()}`] });
    const { error } = await failure(() => open({ url: replica.url }).ping());
    expect(String(error)).toMatch(/a replica. Connect to the master/);
  });

  it('tell no key, no value and no password', async () => {
    const locked = await another({ args: ['--requirepass', 'hunter2-hunter2'] });
    const wrong = open({ url: `redis://:wrong-password@127.0.0.1:${locked.port}`, commandTimeout: 100 });
    const right = open({ url: `redis://:hunter2-hunter2@127.0.0.1:${locked.port}` });
    const secret = { value: 'top-secret-value', key: 'secret-session-key' };
    const record = aRecord(Date.now(), { data: { secret: secret.value } });
    const errors = [(await failure(() => wrong.read(secret.key))).error, (await failure(() => wrong.ping())).error];
    await right.ping();
    await locked.client({ password: 'hunter2-hunter2' }).config('SET', 'maxmemory', '1');
    errors.push((await failure(() => right.create(secret.key, record))).error);
    await locked.kill9();
    errors.push((await failure(() => right.create(secret.key, record))).error);
    for (const error of errors) {
      expect(error).toBeInstanceOf(SessionStoreError);
      const all = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
      for (const word of [secret.value, secret.key, 'wrong-password', 'hunter2']) expect(all).not.toContain(word);
    }
    expect(String(errors[2])).toMatch(/memory limit/);
  });
});

it('needs no more rights than the documented user has', async () => {
  const rights =
    'on >a-long-password resetchannels ~sess:* -@all +get +set +del +pttl +pexpire +zadd +zrem +zscore +zrangebyscore +zremrangebyscore +scan +eval +evalsha +ping +info';
  const strict = await another({ args: ['--user', 'sessions', ...rights.split(' '), '--user', 'default', 'off'] });
  const store = open({ url: `redis://sessions:a-long-password@127.0.0.1:${strict.port}` });
  await store.ping();
  const record = aRecord(Date.now());
  const version = await store.create('k', record);
  await store.renew('k', record, String(version));
  await store.set('sid', { cookie: {} } as never);
  await store.touch('sid', { cookie: {} } as never);
  expect(await store.length()).toBe(2);
  expect(await store.all()).toHaveLength(2);
  await store.clear();
  expect(await store.read('k')).toBeUndefined();
  expect(
    await fails(() =>
      open({ url: `redis://sessions:a-long-password@127.0.0.1:${strict.port}`, prefix: 'other:' }).ping(),
    ),
  ).toBe(true);
});

/** Stands between a client and Redis. Can let connections go silent, while new ones work. */
async function startPartition(target: number): Promise<{ port: number; cutOff(): void; stop(): void }> {
  const pairs = new Set<{ socket: Socket; upstream: Socket }>();
  const proxy = createServer({ allowHalfOpen: true }, (socket) => {
    const upstream = connect(target, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => {});
    upstream.on('error', () => {});
    pairs.add({ socket, upstream });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    cutOff() {
      for (const { socket, upstream } of pairs) {
        socket.unpipe(upstream);
        upstream.unpipe(socket);
      }
    },
    stop() {
      proxy.close();
      for (const { socket, upstream } of pairs) {
        socket.destroy();
        upstream.destroy();
      }
    },
  };
}
