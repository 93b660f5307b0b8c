import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionEvents } from 'nest-session';
import { decodeRecord, placeName } from 'nest-session/store';
import { redisStore, type RedisSessionStore } from 'nest-session/redis';
import { ServerEngine } from '../../libs/session/src/server/server.engine.js';
import {
  generateSessionId,
  handleOfHash,
  hashSessionId,
  sessionHandle,
} from '../../libs/session/src/core/session-id.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import { startChild, type Child } from '../support/child.js';
import { aRecord } from '../support/records.js';
import { startRedis, until, type RedisServer } from '../support/redis-server.js';

let server: RedisServer;
let redis: Redis;
let store: RedisSessionStore;
let engine: ServerEngine;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client();
  store = redisStore({ url: server.url });
  await store.ping();
  engine = new ServerEngine(resolveOptions({ store }, {}), new SessionEvents(), store);
});
const started: Child[] = [];
beforeEach(() => redis.flushall());
afterEach(async () => {
  for (const child of started) child.process.kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ done }) => done));
});
afterAll(async () => {
  await store.close();
  await server.stop();
});

const directory = () => {
  if (!engine.directory) throw new Error('The engine has no directory');
  return engine.directory;
};

/** Keys of all records of the user, whoever knows them. */
async function recordsOf(userId: string): Promise<string[]> {
  const keys = (await redis.keys('sess:*')).filter((key) => /^sess:[\w-]{43}$/.test(key));
  const records = await Promise.all(keys.map(async (key) => decodeRecord(await redis.get(key), Date.now())));
  const his = (n: number) => (records[n]?.data['user'] as { id?: string } | undefined)?.id === userId;
  return keys.filter((_, n) => his(n)).map((key) => key.slice('sess:'.length));
}

/** Keys that the index of a user names, without what stands against him. */
async function entriesOf(userId: string): Promise<string[]> {
  const members = await redis.zrange(`sess:index:${placeName({ index: 'user', value: userId })}`, 0, '-1');
  return members.filter((member) => member !== 'epoch').map((member) => member.slice(member.indexOf(':') + 1));
}

/** Starts so many processes, and resolves when all wait for the start. */
async function workers(count: number, ...args: string[]): Promise<Child[]> {
  const children = Array.from({ length: count }, () => startChild('registry-worker', [server.url, ...args]));
  started.push(...children);
  await Promise.all(
    children.map(async (child) => {
      const ready = new Promise<void>((resolve) => child.onLine((line) => line === 'ready' && resolve()));
      const ended = child.done.then(({ errors }) => Promise.reject(new Error(`A worker ended: ${errors}`)));
      ended.catch(() => undefined);
      await Promise.race([ready, ended]);
    }),
  );
  return children;
}

const go = (count: number) => redis.rpush('start', ...Array.from({ length: count }, () => 'go'));

async function finished(children: readonly Child[]): Promise<string[]> {
  const results = await Promise.all(children.map(({ done }) => done));
  for (const { code, errors } of results) expect(code, errors).toBe(0);
  return results.flatMap(({ lines }) => lines.filter((line) => line !== 'ready'));
}

/** Logs in, as `SessionService.login()` does. */
async function login(userId = 'u1'): Promise<string> {
  const user = { id: userId };
  const epoch = await engine.epochOf(user);
  const id = generateSessionId();
  const now = Date.now();
  await engine.create(
    id,
    aRecord(now, { data: { user }, authenticatedAt: now, ...(epoch !== undefined && { epoch }) }),
  );
  return id;
}

const isLive = async (id: string) => (await engine.find(id)).status === 'live';

describe('a limit of 3, and 100 logins at once from 4 processes', () => {
  it.each(['evict-oldest', 'reject'])('leaves exactly 3: %s', { timeout: 60_000 }, async (whenFull) => {
    const options = JSON.stringify({ maxSessionsPerUser: 3, whenFull });
    const children = await workers(4, 'login', 'u1', '25', options);
    await go(4);
    const ids = await finished(children);
    // A login that had to go again before it was done is told so; one that came in is not.
    expect(ids.length).toBeGreaterThanOrEqual(3);
    expect(ids.length === 3).toBe(whenFull === 'reject');
    const records = await recordsOf('u1');
    expect(records.length).toBe(3);
    expect((await entriesOf('u1')).sort()).toEqual(records.sort());
    expect((await directory().ofUser('u1')).length).toBe(3);
    const live = await Promise.all(ids.map(isLive));
    expect(live.filter(Boolean).length).toBe(3);
  });
});

describe('a process that is killed', () => {
  const LIMIT = { maxSessionsPerUser: 2 };

  it(
    'leaves no entry behind that the next look would show or keep, after whatever it did last',
    { timeout: 90_000 },
    async () => {
      let stale = 0;
      let unfinished = 0;
      // After every other one of the calls that three logins, an eviction, two new ids and a log-out take.
      for (let from = 2; from <= 46; from += 12) {
        const points = Array.from({ length: 6 }, (_, n) => from + n * 2);
        const dead = await Promise.all(
          points.map(async (calls) => {
            const args = [server.url, 'die', `u${calls}`, `${calls}`, JSON.stringify(LIMIT)];
            const { signal, code, errors } = await startChild('registry-worker', args).done;
            if (signal !== 'SIGKILL' && code !== 0) throw new Error(errors);
            return signal === 'SIGKILL';
          }),
        );
        unfinished += dead.filter(Boolean).length;
        for (const user of points.map((calls) => `u${calls}`)) {
          const before = await recordsOf(user);
          stale += (await entriesOf(user)).filter((key) => !before.includes(key)).length;
          const listed = await directory().ofUser(user);
          const records = await recordsOf(user);
          const entered = await entriesOf(user);
          expect(entered.filter((key) => !records.includes(key))).toEqual([]);
          expect(listed.map(({ handle }) => handle).sort()).toEqual(entered.map(handleOfHash).sort());
          // At most the one over which it died, whose id nobody was given.
          expect(records.length - entered.length).toBeLessThanOrEqual(1);
          expect(entered.length).toBeLessThanOrEqual(LIMIT.maxSessionsPerUser);
          await login(user);
          expect(await directory().endUser(user)).toBe(listed.length + 1);
          expect(await entriesOf(user)).toEqual([]);
        }
      }
      // Otherwise nothing of this was tried.
      expect(stale).toBeGreaterThan(0);
      expect(unfinished).toBeGreaterThan(12);
    },
  );

  it('has its evictions finished by whoever comes next', async () => {
    const [oldest, younger] = [await login(), await login()];
    const [set] = await redis.keys('sess:index:user:*');
    const member = (await redis.zrange(String(set), 0, '-1')).find((one) => one.endsWith(`:${hashSessionId(oldest)}`));
    const score = await redis.zscore(String(set), String(member));
    // What a process has done that died after it had chosen whom to end.
    await redis.zadd(String(set), -Number(score), String(member));
    expect((await directory().ofUser('u1')).map(({ handle }) => handle)).toEqual([sessionHandle(younger)]);
    expect((await engine.find(oldest)).status).toBe('evicted');
    const live = await Promise.all([oldest, younger].map(isLive));
    expect(live.filter(Boolean).length).toBe(1);
    expect((await entriesOf('u1')).length).toBe(1);
  });
});

describe('ending all sessions of a user', () => {
  it('beats every login that began before', async () => {
    for (const before of [1, 50, 99]) {
      const early = Array.from({ length: before }, () => login());
      const ended = directory().endUser('u1');
      const late = Array.from({ length: 100 - before }, () => login());
      const ids = await Promise.allSettled([...early, ...late]);
      await ended;
      const alive = await Promise.all(
        ids.slice(0, before).map(async (one) => one.status === 'fulfilled' && isLive(one.value)),
      );
      expect(alive.filter(Boolean)).toEqual([]);
      await directory().endUser('u1');
    }
    expect(await recordsOf('u1')).toEqual([]);
  });

  it('beats every renewal and every new id that is under way in other processes', { timeout: 60_000 }, async () => {
    const children = await workers(3, 'last', 'u1', '33');
    expect((await directory().ofUser('u1')).length).toBe(99);
    await go(3);
    // They are at it.
    const [before] = await recordsOf('u1');
    await until('a session has a new id', async () => !(await recordsOf('u1')).includes(String(before)));
    await directory().endUser('u1');
    // Each runs until its last session is over.
    await finished(children);
    expect(await recordsOf('u1')).toEqual([]);
    expect(await directory().ofUser('u1')).toEqual([]);
    expect(await isLive(await login())).toBe(true);
  });
});

describe('what it costs', () => {
  /** The commands that the client sends, those within scripts left out. */
  async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
    const monitor = await server.client().monitor();
    const commands: string[] = [];
    const all: string[] = [];
    const end = generateSessionId();
    const seen = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, args: string[], source: string) => {
        all.push(String(args[0]).toLowerCase());
        if (args[1] === end) resolve();
        else if (source !== 'lua') commands.push(String(args[0]).toLowerCase());
      });
    });
    await work();
    await redis.echo(end);
    await seen;
    monitor.disconnect();
    for (const forbidden of ['scan', 'keys', 'zscan', 'psubscribe']) expect(all).not.toContain(forbidden);
    return commands.map((command) => (command === 'eval' ? 'evalsha' : command)).sort();
  }
  const evals = (count: number) => Array.from({ length: count }, () => 'evalsha');
  const gets = (count: number) => Array.from({ length: count }, () => 'get');

  it('asks as often as the user has sessions, whoever else has how many', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, n) => login(`other${n % 50}`)));
    for (const k of [1, 5, 40]) {
      await Promise.all(Array.from({ length: k }, () => login(`user${k}`)));
      const commands = await commandsOf(() => directory().ofUser(`user${k}`));
      // Two places: his own sessions, and those in which somebody acts as him.
      expect(commands).toEqual([...evals(2), ...gets(k)]);
    }
  });

  it('asks four times to log in, three times to log out and to renew, and once to read', async () => {
    let id = '';
    expect(await commandsOf(async () => void (id = await login()))).toEqual(evals(4));
    const found = await engine.find(id);
    if (found.status !== 'live') throw new Error(found.status);
    expect(await commandsOf(() => engine.find(id))).toEqual(gets(1));
    const later = new ServerEngine(
      resolveOptions({ store, clock: { now: () => Date.now() + 4 * 60_000 } }, {}),
      new SessionEvents(),
      store,
    );
    const renew = () => later.renew(id, found.stored, found.stored.record.cookie);
    expect(await commandsOf(renew)).toEqual(evals(3));
    expect(await commandsOf(() => engine.delete(id))).toEqual([...evals(1), 'zrem', 'zrem']);
  });

  it('asks once for everything of an anonymous session', async () => {
    const id = generateSessionId();
    const record = aRecord(Date.now(), { data: { cart: [1] } });
    expect(await commandsOf(() => engine.create(id, record))).toEqual(evals(1));
    const found = await engine.find(id);
    if (found.status !== 'live') throw new Error(found.status);
    const { stored } = found;
    const change = { base: { cart: [1] }, mine: { ...record, data: { cart: [2] } }, stored };
    expect(await commandsOf(() => engine.save(id, change))).toEqual(evals(1));
    expect(await commandsOf(() => engine.delete(id))).toEqual(evals(1));
  });

  it('leaves no key without an end', async () => {
    await Promise.all(Array.from({ length: 5 }, () => login()));
    await directory().endUser('u1');
    await login();
    for (const key of await redis.keys('sess:*')) expect(await redis.pttl(key), key).toBeGreaterThan(0);
  });
});
