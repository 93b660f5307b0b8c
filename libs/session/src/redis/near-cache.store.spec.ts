import type { IncomingMessage } from 'node:http';
import { Redis, type RedisOptions } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { aRecord } from '../../../../test/support/records.js';
import { startRedisProxy } from '../../../../test/support/redis-proxy.js';
import { startSilentProxy } from '../../../../test/torture/silent-proxy.js';
import { startRedis, until, type RedisServer } from '../../../../test/support/redis-server.js';
import { ServerEngine } from '../server/server.engine.js';
import type { HeldSession } from '../engine/session-engine.js';
import { SessionEvents } from '../events/session-events.js';
import { resolveOptions } from '../options/resolve-options.js';
import type { SessionModuleOptions } from '../options/session-options.js';
import { policyOf } from '../services/session-policy.js';
import { isStoredSession, type StoredRecord } from '../stores/session-store.js';
import { redisStore, type RedisSessionStore, type RedisSessionStoreOptions } from './index.js';

let server: RedisServer;
let opened: RedisSessionStore[] = [];

beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.stop());
beforeEach(() => server.admin((redis) => redis.flushall()));
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  opened = [];
});

async function open(options: RedisSessionStoreOptions = {}): Promise<RedisSessionStore> {
  const connection = options.client ? {} : { url: server.url };
  const store = redisStore({ ...connection, nearCache: { maxAge: '1h' }, ...options });
  opened.push(store);
  await store.ping();
  return store;
}
const record = (n: number) => aRecord(Date.now(), { data: { n } });
const dataOf = (stored: StoredRecord | undefined) => (isStoredSession(stored) ? stored.record.data : undefined);
const valueIn = async (store: RedisSessionStore, key = 'k') => dataOf(await store.read(key))?.['n'];
/** How many reads were asked of Redis. */
const gets = async (run: () => Promise<unknown>): Promise<number> => {
  await server.resetStats();
  await run();
  return (await server.commandCounts())['get'] ?? 0;
};

/** A client whose near-cache hears of changes by another way. */
const withTracker = (client: Redis, port: number): Redis =>
  Object.assign(client, { duplicate: (override: RedisOptions) => server.client({ ...override, port }) });

describe('a Redis store with a near-cache', () => {
  it('asks Redis once, and nothing from then on', async () => {
    const store = await open();
    await store.create('k', record(1));
    // What it hears of its own write empties the cache, too.
    await until('it is kept', async () => (await gets(() => store.read('k'))) === 0);
    await server.resetStats();
    for (let i = 0; i < 1000; i++) expect(await valueIn(store)).toBe(1);
    const counted = Object.keys(await server.commandCounts());
    expect(counted.filter((name) => !/^(config|info|hello|client|ping)/.test(name))).toEqual([]);
  });

  it('hands out no object twice', async () => {
    const store = await open();
    await store.create('k', record(1));
    await until('it is kept', async () => (await gets(() => store.read('k'))) === 0);
    const [one, other] = [await store.read('k'), await store.read('k')];
    Object.assign(dataOf(one) ?? {}, { n: 'spoilt' });
    expect(dataOf(other)?.['n']).toBe(1);
    expect(await valueIn(store)).toBe(1);
  });

  it('shows at once what this process writes, in every way that it can', async () => {
    const store = await open({ ids: 'plain' });
    const version = String(await store.create('k', record(1)));
    expect(await valueIn(store)).toBe(1);
    const saved = await store.save('k', record(2), version);
    expect(await valueIn(store)).toBe(2);
    await store.renew('k', record(3), saved.status === 'saved' ? saved.version : '');
    expect(await valueIn(store)).toBe(3);
    await store.set('k', { cookie: { originalMaxAge: null }, n: 4 } as never);
    expect(await valueIn(store)).toBe(4);
    await store.destroy('k');
    expect(await store.read('k')).toBeUndefined();
    await store.create('k', record(5));
    expect(await valueIn(store)).toBe(5);
    await store.clear();
    expect(await store.read('k')).toBeUndefined();
    await store.create('k', record(6));
    expect(await valueIn(store)).toBe(6);
    await store.delete('k');
    expect(await store.read('k')).toBeUndefined();
  });

  it('forgets what every other way to change a key changes', async () => {
    const store = await open();
    const redis = server.client();
    const keep = async (n: number) => {
      await until(`${n} is kept`, async () => {
        const asked = await gets(async () => expect(await valueIn(store)).toBe(n));
        return asked === 0;
      });
    };
    const text = async () => String(await redis.get('sess:k'));
    const gone = () => until('it is gone', async () => (await store.read('k')) === undefined);
    await store.create('k', record(1));
    await keep(1);
    await redis.set('sess:k', (await text()).replace('"n":1', '"n":2'));
    await until('the new value', async () => (await valueIn(store)) === 2);
    await keep(2);
    await redis.del('sess:k');
    await gone();
    for (const end of [
      () => redis.flushall(),
      () => redis.flushdb(),
      () => redis.pexpire('sess:k', 1),
      () => redis.rename('sess:k', 'other'),
      () => redis.eval("return redis.call('DEL', KEYS[1])", 1, 'sess:k'),
      () => redis.multi().del('sess:k').exec(),
    ]) {
      await store.create('k', record(3));
      await keep(3);
      await end();
      await gone();
    }
  });

  it('sees keys behind keyPrefix and prefix, and no others', async () => {
    const store = await open({ client: server.client({ keyPrefix: 'app[1]:' }), prefix: 's:' });
    await store.create('k', record(1));
    await until('it is kept', async () => (await gets(() => store.read('k'))) === 0);
    const redis = server.client();
    await redis.set('sess:k', 'x');
    await redis.set('s:k', 'x');
    expect(await gets(() => store.read('k'))).toBe(0);
    await redis.del('app[1]:s:k');
    await until('it is gone', async () => (await store.read('k')) === undefined);
  });

  it('writes on condition of what is there, when what was read is not any more', async () => {
    const [store, other] = [await open(), await open({ nearCache: false })];
    await store.create('k', record(1));
    await until('it is kept', async () => (await gets(() => store.read('k'))) === 0);
    const old = await store.read('k');
    const theirs = await other.read('k');
    await other.save('k', record(2), String(theirs?.version));
    const result = await store.save('k', record(3), String(old?.version));
    expect(result).toMatchObject({ status: 'changed', current: { record: { data: { n: 2 } } } });
    expect(await valueIn(store)).toBe(2);
    expect(result.status === 'changed' && (await store.save('k', record(3), result.current.version)).status).toBe(
      'saved',
    );
    expect(await valueIn(store)).toBe(3);
  });

  it('does not keep a text whose write got no answer', async () => {
    const proxy = await startRedisProxy(server.port);
    const client = new Redis({ port: proxy.port, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 });
    const store = await open({ client: withTracker(client, server.port) });
    const version = String(await store.create('k', record(1)));
    await valueIn(store);
    proxy.loseNextReply();
    await expect(store.save('k', record(2), version)).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    await until('it is carried out', async () => (await valueIn(store)) === 2);
    client.disconnect();
    proxy.stop();
  });

  it('deletes a record that cannot be read, and keeps none of it', async () => {
    const store = await open();
    const redis = server.client();
    await redis.set('sess:k', 'no session');
    expect(await store.read('k')).toBeUndefined();
    expect(await redis.exists('sess:k')).toBe(0);
    await redis.sadd('sess:k', 'no text');
    expect(await store.read('k')).toBeUndefined();
    await store.create('k', record(1));
    expect(await valueIn(store)).toBe(1);
  });

  it('reads as it is now where it is asked to', async () => {
    const store = await open();
    await store.create('k', record(1));
    await until('it is kept', async () => (await gets(() => store.read('k'))) === 0);
    expect(await gets(() => store.readFresh('k'))).toBe(1);
  });

  it('says how old a session may be, and so does the policy', async () => {
    const [one, brief, none] = [
      await open({ nearCache: true }),
      await open({ nearCache: { maxAge: 300 } }),
      await open({ nearCache: false }),
    ];
    expect([one, brief, none].map(({ staleness }) => staleness)).toEqual([1500, 300, 0]);
    const policy = (options: SessionModuleOptions) =>
      policyOf(resolveOptions({ secret: 'a secret for the tests of a near-cache, long enough', ...options }, {}));
    expect(policy({ store: one }).revocation.staleness).toBe(1500);
    expect(policy({ store: one, cache: '1m' }).revocation.staleness).toBe(61_500);
  });
});

describe('an engine over a near-cache', () => {
  const req = {} as IncomingMessage;
  const clock = new TestClock();
  const engineOn = (store: RedisSessionStore) =>
    new ServerEngine(
      resolveOptions(
        { secret: 'a secret for the tests of a near-cache, long enough', store, clock, idleTimeout: '10m' },
        {},
      ),
      new SessionEvents(),
      store,
    );
  const begin = (engine: ServerEngine): Promise<HeldSession> =>
    engine.create(engine.begin(req), aRecord(clock.now(), { data: { n: 0 } }));
  const keep = (engine: ServerEngine, { token }: HeldSession) =>
    until('it is kept', async () => (await gets(() => engine.find(token))) === 0);
  /** A session that an engine has kept, and of whose beginning no news are on their way: they come in order. */
  async function kept(engine: ServerEngine, other: ServerEngine): Promise<HeldSession> {
    const begun = await begin(engine);
    await keep(engine, begun);
    const held = await other.update(begun, (theirs) => theirs);
    if (!held) throw new Error('a session that has just begun is gone');
    await until('its news have come', async () => {
      const found = await engine.find(held.token);
      return found.status === 'live' && found.held.stored.version === held.stored.version;
    });
    await keep(engine, held);
    return held;
  }
  const rotate = (engine: ServerEngine, held: HeldSession, by: 'age' | 'proof') =>
    engine.rotate(held, { req, by, next: (theirs) => theirs });

  /** An engine whose near-cache hears no news from then on, and one in another process. */
  async function apart() {
    const proxy = await startSilentProxy(server.url);
    const client = withTracker(server.client(), Number(new URL(proxy.url).port));
    const engine = engineOn(await open({ clock, client, nearCache: { maxAge: '1h' } }));
    const other = engineOn(await open({ clock, nearCache: false }));
    return { engine, other, client, silence: () => proxy.silence(), stop: () => proxy.stop() };
  }

  it('counts the deadline when a session that was kept is used', async () => {
    const store = await open({ clock, nearCache: { maxAge: '1h' } });
    const engine = engineOn(store);
    const held = await begin(engine);
    await keep(engine, held);
    expect(await engine.find(held.token)).toMatchObject({ status: 'live' });
    clock.advance(600_001);
    expect(await engine.find(held.token)).toMatchObject({ status: 'missing', ending: 'expired' });
  });

  it('looks up a deadline that another process has just pushed on before anything is ended', async () => {
    const { engine, other, client, silence, stop } = await apart();
    const held = await kept(engine, other);
    // The news are on their way, and do not arrive.
    silence();
    clock.advance(500_000);
    await other.renew(held);
    const { lastSeenAt } = held.stored.record;
    expect(await engine.find(held.token)).toMatchObject({ held: { stored: { record: { lastSeenAt } } } });
    clock.advance(200_000);
    expect(await engine.find(held.token)).toMatchObject({ status: 'live' });
    expect(await client.exists(`sess:${held.key}`)).toBe(1);
    await stop();
  });

  it('reads all else as it is now for a request that waited for a lock', async () => {
    const { engine, other, silence, stop } = await apart();
    const held = await kept(engine, other);
    silence();
    await other.update(held, (theirs) => ({ ...theirs, data: { n: 1 } }));
    expect(await engine.find(held.token)).toMatchObject({ held: { stored: { version: held.stored.version } } });
    expect(await engine.findFresh(held.token)).toMatchObject({ held: { stored: { record: { data: { n: 1 } } } } });
    await stop();
  });

  it.each(['age', 'proof'] as const)(
    'opens to a secret that another process has just made, by %s, also where it has kept the one before',
    async (by) => {
      const { engine, other, silence, stop } = await apart();
      const held = await kept(engine, other);
      silence();
      const next = await rotate(other, held, by);
      expect(await engine.find(next?.send ?? '')).toMatchObject({
        status: 'live',
        held: { generation: 1, stored: { record: { secret: { generation: 1, by } } } },
      });
      await stop();
    },
  );

  it('reports no lost writes of a secret that is only younger than what it has kept', async () => {
    const { engine, other, silence, stop } = await apart();
    const heard: string[] = [];
    engine.events.on('invalid', ({ reason }) => void heard.push(reason));
    const held = await kept(engine, other);
    silence();
    let last: HeldSession = held;
    for (let n = 0; n < 3; n++) last = (await rotate(other, last, 'proof')) ?? last;
    expect(last.generation).toBe(3);
    expect(await engine.find(last.token)).toMatchObject({ status: 'live' });
    expect(heard).toEqual([]);
    await stop();
  });

  it('writes nothing with a secret that another process has replaced, however long it is kept', async () => {
    const { engine, other, silence, stop } = await apart();
    const held = await kept(engine, other);
    silence();
    await rotate(other, held, 'proof');
    const found = await engine.find(held.token);
    if (found.status !== 'live') throw new Error('a near-cache that hears nothing still has it');
    const change = { base: { n: 0 }, mine: { n: 1 }, lastSeenAt: clock.now() };
    await expect(engine.save(found.held, change)).rejects.toMatchObject({ code: 'SESSION_ROTATED' });
    expect(await engine.findFresh(held.token)).toMatchObject({ status: 'replaced' });
    await stop();
  });
});
