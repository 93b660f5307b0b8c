import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionEvents } from 'nest-session';
import { decodeRecord, indexKeyName } from 'nest-session/store';
import { redisStore, type RedisSessionStore } from 'nest-session/redis';
import { isSession, type SessionRecord } from '../../libs/session/src/core/record.js';
import type { HeldSession } from '../../libs/session/src/engine/session-engine.js';
import { ServerEngine } from '../../libs/session/src/server/server.engine.js';
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
  // Processes that run together on a machine that does more besides answer late.
  store = redisStore({ url: server.url, commandTimeout: 10_000 });
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

const req = {} as IncomingMessage;

/** All sessions of the user by their key, whether or not they are found. */
async function sessionsOf(userId: string): Promise<Map<string, SessionRecord>> {
  const keys = (await redis.keys('sess:*')).filter((key) => /^sess:[\w-]{22}$/.test(key));
  const found = new Map<string, SessionRecord>();
  for (const key of keys) {
    const record = decodeRecord(await redis.get(key), Date.now());
    if (!record || !isSession(record)) continue;
    const { id } = (record.data['user'] ?? {}) as { id?: string };
    if (id === userId) found.set(key.slice('sess:'.length), record);
  }
  return found;
}

/** Keys of all sessions of the user. */
const recordsOf = async (userId: string): Promise<string[]> => [...(await sessionsOf(userId)).keys()];

/** Keys that the index of a user names, without what stands against the user. */
async function entriesOf(userId: string): Promise<string[]> {
  const members = await redis.zrange(`sess:index:${indexKeyName({ index: 'user', value: userId })}`, 0, '-1');
  return members.filter((member) => member !== 'revoked').map((member) => member.slice(member.indexOf(':') + 1));
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
async function login(userId = 'u1'): Promise<HeldSession> {
  const revokedBefore = await engine.revokedBefore('user', userId);
  const now = Date.now();
  const record = aRecord(now, {
    data: { user: { id: userId } },
    authenticatedAt: now,
    ...(revokedBefore !== undefined && { revokedBefore: { user: revokedBefore } }),
  });
  return engine.create(engine.begin(req), record);
}

const isLive = async (token: string) => (await engine.find(token)).status === 'live';

describe('a limit of 3, and 100 logins at once from 4 processes', () => {
  it.each(['evict-oldest', 'reject'])('leaves exactly 3: %s', { timeout: 60_000 }, async (whenFull) => {
    const options = JSON.stringify({ maxSessionsPerUser: 3, whenFull });
    const children = await workers(4, 'login', 'u1', '25', options);
    await go(4);
    const tokens = await finished(children);
    // A login that had to go again before it was done is told so; one that came in is not.
    expect(tokens.length).toBeGreaterThanOrEqual(3);
    expect(tokens.length === 3).toBe(whenFull === 'reject');
    const records = await recordsOf('u1');
    expect(records.length).toBe(3);
    expect((await entriesOf('u1')).sort()).toEqual(records.sort());
    expect((await directory().ofUser('u1')).length).toBe(3);
    const live = await Promise.all(tokens.map(isLive));
    expect(live.filter(Boolean).length).toBe(3);
  });
});

describe('a process that is killed', () => {
  const LIMIT = { maxSessionsPerUser: 2 };

  it(
    'leaves no entry behind that the next look would show or keep, after whatever it did last',
    { timeout: 180_000 },
    async () => {
      let stale = 0;
      let unfinished = 0;
      // After every one of the calls that three logins, an eviction, two new secrets and a log-out take.
      for (let from = 1; from <= 19; from += 6) {
        const points = Array.from({ length: 6 }, (_, n) => from + n);
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
          expect(listed.map(({ handle }) => handle).sort()).toEqual(entered.toSorted());
          // At most the one over which it died, whose token was never given out.
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

  it('has its evictions finished by the next request', async () => {
    const [oldest, younger] = [await login(), await login()];
    const [set] = await redis.keys('sess:index:user:*');
    const member = (await redis.zrange(String(set), 0, '-1')).find((one) => one.endsWith(`:${oldest.key}`));
    const score = await redis.zscore(String(set), String(member));
    // What a process has done that died after it had chosen whom to end.
    await redis.zadd(String(set), -Number(score), String(member));
    expect((await directory().ofUser('u1')).map(({ handle }) => handle)).toEqual([younger.handle]);
    expect(await engine.find(oldest.token)).toMatchObject({ status: 'missing', ending: 'evicted' });
    expect(await isLive(younger.token)).toBe(true);
    expect((await entriesOf('u1')).length).toBe(1);
  });
});

describe('ending all sessions of a user', () => {
  it('beats every login that began before', async () => {
    for (const before of [1, 50, 99]) {
      const early = Array.from({ length: before }, () => login());
      const ended = directory().endUser('u1');
      const late = Array.from({ length: 100 - before }, () => login());
      const logins = await Promise.allSettled([...early, ...late]);
      await ended;
      const alive = await Promise.all(
        logins.slice(0, before).map(async (one) => one.status === 'fulfilled' && isLive(one.value.token)),
      );
      expect(alive.filter(Boolean)).toEqual([]);
      await directory().endUser('u1');
    }
    expect(await recordsOf('u1')).toEqual([]);
  });

  it('beats every renewal and every new secret that is under way in other processes', { timeout: 60_000 }, async () => {
    const children = await workers(3, 'last', 'u1', '33');
    expect((await directory().ofUser('u1')).length).toBe(99);
    await go(3);
    // They are at it.
    const secrets = async () => [...(await sessionsOf('u1')).values()].map(({ secret }) => secret?.generation ?? 0);
    await until('a session has its third secret', async () => (await secrets()).some((generation) => generation > 1));
    await directory().endUser('u1');
    // Each runs until its last session is over.
    await finished(children);
    expect(await recordsOf('u1')).toEqual([]);
    expect(await directory().ofUser('u1')).toEqual([]);
    expect(await isLive((await login()).token)).toBe(true);
  });
});

describe('what it costs', () => {
  /** The commands that the client sends, those within scripts left out. */
  async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
    const monitor = await server.client().monitor();
    const commands: string[] = [];
    const all: string[] = [];
    const end = randomUUID();
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

  it('asks as often as the user has sessions, however many other users have', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, n) => login(`other${n % 50}`)));
    for (const k of [1, 5, 40]) {
      await Promise.all(Array.from({ length: k }, () => login(`user${k}`)));
      const commands = await commandsOf(() => directory().ofUser(`user${k}`));
      // Two places: his own sessions, and those in which somebody acts as him.
      expect(commands).toEqual([...evals(2), ...gets(k)]);
    }
  });

  const anonymous = () => engine.create(engine.begin(req), aRecord(Date.now(), { data: { cart: [1] } }));
  const leaves = (count: number) => Array.from({ length: count }, () => 'zrem');

  it('asks three times to log in, twice to log out and to renew, and once to read', async () => {
    let held = await login();
    expect(await commandsOf(async () => void (held = await login()))).toEqual(evals(3));
    expect(await commandsOf(() => engine.find(held.token))).toEqual(gets(1));
    const later = new ServerEngine(
      resolveOptions({ store, clock: { now: () => Date.now() + 4 * 60_000 } }, {}),
      new SessionEvents(),
      store,
    );
    expect(await commandsOf(() => later.renew(held))).toEqual(evals(2));
    const other = await login();
    expect(await commandsOf(() => engine.end(other, 'signed-out'))).toEqual([...evals(1), ...leaves(1)]);
    expect(await commandsOf(() => engine.find(other.token))).toEqual(gets(1));
  });

  it('asks once for another secret, whatever for', async () => {
    for (const by of ['age', 'asked', 'proof'] as const) {
      const held = await login();
      const rotate = () => engine.rotate(held, { req, by, next: (theirs) => theirs });
      expect(await commandsOf(rotate), by).toEqual(evals(1));
    }
  });

  it('asks four times to log in over an anonymous session', async () => {
    const before = await anonymous();
    const commands = await commandsOf(async () => {
      const fresh = await login();
      expect(await engine.replace(before, fresh, { take: () => undefined })).toBeDefined();
    });
    expect(commands).toEqual(evals(4));
  });

  it('asks three times to act as another user, and three times to end a session by its handle', async () => {
    const held = await login();
    const act = async () => {
      const revokedBefore = (await engine.revokedBefore('acted', 'u2')) ?? 0;
      return engine.rotate(held, {
        req,
        by: 'asked',
        next: (theirs) => ({
          ...theirs,
          data: { user: { id: 'u2' } },
          facts: {
            ...theirs.facts,
            actor: { id: 'u1', until: Date.now() + 60_000 },
            suspended: { values: theirs.data },
          },
          revokedBefore: { ...theirs.revokedBefore, acted: revokedBefore },
        }),
      });
    };
    expect(await commandsOf(act)).toEqual(evals(3));
    expect((await directory().ofUser('u1')).length).toBe(1);
    expect((await directory().ofUser('u2')).length).toBe(1);
    const other = await login();
    expect(await commandsOf(() => engine.revoke(other.handle))).toEqual([...evals(1), ...gets(1), ...leaves(1)]);
  });

  it('asks once for everything of an anonymous session', async () => {
    let held = await anonymous();
    expect(await commandsOf(async () => void (held = await anonymous()))).toEqual(evals(1));
    const change = { base: { cart: [1] }, mine: { cart: [2] }, lastSeenAt: Date.now() };
    expect(await commandsOf(() => engine.save(held, change))).toEqual(evals(1));
    const found = await engine.find(held.token);
    if (found.status !== 'live') throw new Error(found.status);
    expect(await commandsOf(() => engine.end(found.held, 'signed-out'))).toEqual(evals(1));
  });

  it('leaves no key without an end', async () => {
    await Promise.all(Array.from({ length: 5 }, () => login()));
    await directory().endUser('u1');
    await login();
    for (const key of await redis.keys('sess:*')) expect(await redis.pttl(key), key).toBeGreaterThan(0);
  });
});
