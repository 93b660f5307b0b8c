import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { MemoryStore } from 'express-session';
import { connectStore, memoryStore, SessionEvents } from 'nest-session';
import type { ReportingStore, SessionStore, StoreReport } from 'nest-session/store';
import { redisStore, type RedisSessionStore } from 'nest-session/redis';
import { sqliteStore, type SqliteSessionStore } from 'nest-session/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionRecord } from '../../libs/session/src/core/record.js';
import { ServerEngine } from '../../libs/session/src/server/server.engine.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import { TestClock } from '../support/test-clock.js';
import { nextTurn } from '../support/next-turn.js';
import { recordEvents, type RecordedEvent } from '../support/record-events.js';
import { aRecord } from '../support/records.js';
import { startRedis, until, type RedisServer } from '../support/redis-server.js';

const KEY = 'the-name-of-a-session-';
const TOKEN = `${KEY}.0.${'s'.repeat(43)}`;
const req = {} as IncomingMessage;
const user = { user: { id: 'u1' } };
const MINUTE = 60_000;

let clock: TestClock;
let folder: string;
let redis: RedisServer;
let events: RecordedEvent[];
beforeAll(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'nest-session-reports-'));
});
afterAll(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => void (clock = new TestClock()));

function engineOver(store: SessionStore): ServerEngine {
  const source = new SessionEvents(clock);
  events = recordEvents(source);
  return new ServerEngine(
    resolveOptions({ store, clock, idleTimeout: '30m', absoluteTimeout: '8h' }, {}),
    source,
    store,
  );
}

/** Stores a session. @returns its token and its name */
async function begun(engine: ServerEngine, record: SessionRecord): Promise<{ token: string; handle: string }> {
  return engine.create(engine.begin(req), record);
}

/** What is heard of a session that is over: nobody waits for whoever deletes it. */
async function told(): Promise<RecordedEvent[]> {
  await until('it is told', async () => (await heard()).length > 0);
  return heard();
}

async function heard(): Promise<RecordedEvent[]> {
  await nextTurn();
  return events;
}

const corrupt = { name: 'invalid', reason: 'corrupt', handle: KEY };

describe('a record that cannot be decoded', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('is told of once by SQLite, whichever process finds it', async () => {
    const path = join(folder, 'corrupt.db');
    const stores: SqliteSessionStore[] = [sqliteStore({ path, clock }), sqliteStore({ path, clock })];
    for (const store of stores) closing.push(() => store.close());
    const reports: StoreReport[] = [];
    for (const store of stores) store.onReport((report) => reports.push(report));
    await stores[0]!.create(KEY, aRecord(clock.now()));
    const other = new DatabaseSync(path);
    other.prepare('UPDATE sessions SET record = ? WHERE key = ?').run('{"cookie":', KEY);
    other.close();
    expect(await Promise.all([...stores, ...stores].map((store) => store.read(KEY)))).toEqual(Array(4).fill(undefined));
    expect(reports).toEqual([{ found: 'corrupt', key: KEY }]);
  });

  it('is told of once by Redis, whichever process finds it', async () => {
    const client = new Redis(redis.url);
    const stores: RedisSessionStore[] = [redisStore({ url: redis.url }), redisStore({ url: redis.url })];
    closing.push(() => client.quit(), ...stores.map((store) => () => store.close()));
    const engines = stores.map(engineOver);
    const reports: StoreReport[] = [];
    for (const store of stores) store.onReport((report) => reports.push(report));
    await stores[0]!.create(KEY, aRecord(clock.now()));
    const [name = ''] = await client.keys(`*${KEY}`);
    await client.set(name, 'not JSON');
    for (const engine of [...engines, ...engines]) expect((await engine.find(TOKEN)).status).toBe('missing');
    expect(reports).toEqual([{ found: 'corrupt', key: KEY }]);
  });

  it('is an event, also of a foreign store that keeps it: once', async () => {
    const foreign = new MemoryStore();
    const engine = engineOver(connectStore(foreign, { clock }));
    await new Promise<void>((resolve) => foreign.set(KEY, { nonsense: 1 } as never, () => resolve()));
    for (let n = 0; n < 3; n++) expect((await engine.find(TOKEN)).status).toBe('missing');
    expect(await heard()).toEqual([corrupt]);
  });
});

describe.each<[string, () => SessionStore & ReportingStore & { sweep(): unknown; close(): Promise<void> }]>([
  ['memory', () => memoryStore({ clock })],
  ['SQLite', () => sqliteStore({ path: ':memory:', clock })],
])('a session that expires in %s', (_name, open) => {
  const expired = { name: 'expired', userId: 'u1' };
  const record = (expiresIn: number) =>
    aRecord(clock.now(), { data: user, createdAt: clock.now(), expiresAt: clock.now() + expiresIn });

  it('is told of by the sweep, once, with the deadline that it passed', async () => {
    const store = open();
    const engine = engineOver(store);
    const { token, handle } = await begun(engine, record(0));
    clock.advance(30 * MINUTE);
    store.sweep();
    store.sweep();
    expect((await engine.find(token)).status).toBe('missing');
    expect(await told()).toEqual([{ ...expired, handle, reason: 'idle' }]);
    await store.close();
  });

  it('is told of once, however many requests or sweeps find it', async () => {
    const store = open();
    const engine = engineOver(store);
    const { token, handle } = await begun(engine, record(0));
    clock.advance(30 * MINUTE);
    const found = await Promise.all(Array.from({ length: 5 }, () => engine.find(token)));
    expect(found.map(({ status }) => status)).toEqual(Array(5).fill('missing'));
    store.sweep();
    expect(await told()).toEqual([{ ...expired, handle, reason: 'idle' }]);
    await store.close();
  });

  it('tells of no record that is no session', async () => {
    const store = open();
    const engine = engineOver(store);
    expect((await engine.find(TOKEN)).status).toBe('missing');
    const release = await engine.lock(KEY);
    expect(release).toBeTypeOf('function');
    const ended = await engine.create(engine.begin(req), record(0));
    expect(await engine.end(ended, 'signed-out')).toBeDefined();
    clock.advance(24 * 60 * MINUTE);
    store.sweep();
    expect(await heard()).toEqual([]);
    await store.close();
  });

  it('is told of by the absolute deadline where that came first', async () => {
    const store = open();
    const engine = engineOver(store);
    const { handle } = await begun(engine, {
      ...record(0),
      createdAt: clock.now() - (8 * 60 - 10) * MINUTE,
    });
    clock.advance(10 * MINUTE);
    store.sweep();
    expect(await told()).toEqual([{ ...expired, handle, reason: 'absolute' }]);
    await store.close();
  });
});

it('a session that expires in Redis is told of once by those who find it together, before it is gone', async () => {
  const store = redisStore({ url: redis.url });
  const engine = engineOver(store);
  const { token, handle } = await begun(engine, aRecord(clock.now(), { data: user }));
  clock.advance(30 * MINUTE);
  const found = await Promise.all(Array.from({ length: 5 }, () => engine.find(token)));
  expect(found.map(({ status }) => status)).toEqual(Array(5).fill('missing'));
  expect(await told()).toEqual([{ name: 'expired', handle, userId: 'u1', reason: 'idle' }]);
  await store.close();
});

it('a user who is signed out because the memory is full is named by an event; of visitors one a minute', async () => {
  const store = memoryStore({ clock, maxSessions: 2 });
  const engine = engineOver(store);
  const first = await begun(engine, aRecord(clock.now(), { data: user }));
  await begun(engine, aRecord(clock.now(), { data: { user: { id: 'u2' } } }));
  const visitors = [];
  for (let n = 0; n < 6; n++) visitors.push(await begun(engine, aRecord(clock.now())));
  const full = { name: 'evicted', reason: 'store-full' };
  const toldAtOnce = [
    { ...full, handle: first.handle, userId: 'u1' },
    { ...full, handle: visitors[0]?.handle },
  ];
  expect(await heard()).toEqual(toldAtOnce);
  store.sweep();
  await begun(engine, aRecord(clock.now()));
  expect(await heard()).toEqual([...toldAtOnce, { ...full, handle: visitors[5]?.handle }]);
  await store.close();
});
