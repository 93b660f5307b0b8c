import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisStore } from 'connect-redis';
import connectLoki from 'connect-loki';
import connectSequelize from 'connect-session-sequelize';
import session, { MemoryStore, type SessionData } from 'express-session';
import { connectStore, type ConnectStyleStore } from 'nest-session';
import { Sequelize } from 'sequelize';
import makeFileStore from 'session-file-store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServerEngine } from '../../libs/session/src/server/server.engine.js';
import { SessionEvents } from '../../libs/session/src/events/session-events.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import { SyncStore } from '../support/connect-doubles.js';
import { aRecord, sessionIn } from '../support/records.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { sqlite3ByNode } from '../support/sqlite3-by-node.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;
let folder: string;
let redis: RedisServer;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'nest-session-foreign-'))));
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

const fileStore = (): ConnectStyleStore => {
  const FileStore = makeFileStore(session);
  return new FileStore({ path: folder, retries: 0, reapInterval: -1, logFn: () => {} });
};

async function lokiStore(): Promise<ConnectStyleStore> {
  const LokiStore = connectLoki(session);
  const store = new LokiStore({ path: join(folder, 'loki.db'), autosave: false });
  await once(store, 'connect');
  return store;
}

/** @param widest what the column of the key takes: SQLite itself takes any length, which PostgreSQL and MySQL do not */
async function sequelizeStore(widest = 255): Promise<ConnectStyleStore> {
  const db = new Sequelize({
    dialect: 'sqlite',
    dialectModule: sqlite3ByNode,
    storage: join(folder, 's.db'),
    logging: false,
  });
  closing.push(() => db.close());
  await db.query(
    `CREATE TABLE Sessions (sid VARCHAR(36) PRIMARY KEY CHECK (length(sid) <= ${widest}), expires DATETIME, data TEXT, createdAt DATETIME, updatedAt DATETIME)`,
  );
  const SequelizeStore = connectSequelize(session.Store);
  return new SequelizeStore({ db, checkExpirationInterval: -1 });
}

const redisOfConnect = (): ConnectStyleStore => new RedisStore({ client: redis.client() });

const STORES: readonly [name: string, open: () => ConnectStyleStore | Promise<ConnectStyleStore>, forgets: boolean][] =
  [
    ['MemoryStore of express-session', () => new MemoryStore(), true],
    ['connect-redis', redisOfConnect, true],
    ['session-file-store', fileStore, false],
    ['connect-loki', lokiStore, false],
    ['connect-session-sequelize', () => sequelizeStore(), false],
    ['a store without touch', () => new SyncStore(), false],
  ];

describe.each(STORES)('%s', (_name, open, forgets) => {
  it(`${forgets ? 'is found to forget' : 'is found to keep'} what is over, and nothing of that is left`, async () => {
    const wrapped = await open();
    const store = connectStore(wrapped);
    await store.ping();
    expect(store.keepsIdleDeadline).toBe(forgets);
    expect(store.limitations.some((text) => text.includes('does not delete expired sessions'))).toBe(!forgets);
  });

  it('keeps, changes, renews and deletes a session', async () => {
    const store = connectStore(await open());
    await store.ping();
    const key = 'k'.repeat(22);
    const record = aRecord(Date.now(), { data: { n: 1 } });
    const version = String(await store.create(key, record));
    const saved = await store.save(key, { ...record, data: { n: 2 } }, version);
    expect(saved.status).toBe('saved');
    const found = await store.read(key);
    const session = sessionIn(found);
    expect(session.data).toMatchObject({ n: 2 });
    await store.renew(key, { ...session, lastSeenAt: record.lastSeenAt + 5 }, String(found?.version));
    expect(sessionIn(await store.read(key)).lastSeenAt).toBe(record.lastSeenAt + 5);
    await store.delete(key);
    expect(await store.read(key)).toBeUndefined();
  });
});

// A clock of our own that is ahead stands for time that passes; a store that goes by its own is tried out above.
it.each(STORES.filter(([, , forgets]) => !forgets))(
  '%s opens no session after fifteen minutes without a request',
  async (_name, open) => {
    const clock = new TestClock(Date.now());
    const store = connectStore(await open(), { clock });
    await store.ping();
    const events = new SessionEvents(clock);
    const options = resolveOptions({ store, clock, idleTimeout: '15m', absoluteTimeout: '8h' }, {});
    const engine = new ServerEngine(options, events, store);
    const { token } = await engine.create(engine.begin({} as IncomingMessage), aRecord(clock.now()));
    clock.advance(10 * MINUTE);
    const found = await engine.find(token);
    expect(found.status).toBe('live');
    if (found.status === 'live') await engine.renew(found.held);
    clock.advance(14 * MINUTE);
    expect((await engine.find(token)).status).toBe('live');
    clock.advance(2 * MINUTE);
    expect((await engine.find(token)).status).toBe('missing');
  },
);

describe('a table whose keys are too short', () => {
  it('keeps the application from starting, with what to do', async () => {
    const store = connectStore(await sequelizeStore(20));
    await expect(store.ping()).rejects.toThrow(/SequelizeStore (takes no key|failed in set\(\))/);
  });

  it('takes the keys of sessions where it is made for uuids', async () => {
    const store = connectStore(await sequelizeStore(36));
    await store.ping();
    for (const length of [22, 27]) {
      expect(await store.create('k'.repeat(length), aRecord(Date.now()))).toBeTypeOf('string');
    }
  });

  it('that cuts keys off is noticed as well', async () => {
    class Cutting extends SyncStore {
      override set(sid: string, ...rest: [SessionData, ((error?: unknown) => void)?]): void {
        super.set(sid.slice(0, 20), ...rest);
      }
    }
    await expect(connectStore(new Cutting()).ping()).rejects.toThrow(/does not give back .* key of 27 characters/);
  });
});

describe('a store that says that it is disconnected, and never that it is back', () => {
  /** As connect-typeorm 2: one failed statement makes it say so. */
  class OnceFailing extends SyncStore {
    failing = false;
    readonly events = new EventEmitter();
    readonly on = this.events.on.bind(this.events);
    override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
      if (!this.failing) return super.get(sid, callback);
      this.failing = false;
      const error = Object.assign(new Error(`value too long for ${sid}`), { name: 'QueryFailedError', code: '22001' });
      callback(error);
      this.events.emit('disconnect', error);
    }
  }

  it('gives 503 for the statement that failed, and works again without a restart', async () => {
    const wrapped = new OnceFailing();
    const store = connectStore(wrapped);
    wrapped.failing = true;
    const error: unknown = await store.read('some-session-key').catch((caught: unknown) => caught);
    expect(String(error)).toContain('failed in get() with QueryFailedError 22001.');
    expect((error as { cause: Error }).cause.message).toBe('value too long for ***');
    await expect
      .poll(
        () =>
          store.read('some-session-key').then(
            () => true,
            () => false,
          ),
        { timeout: 5_000 },
      )
      .toBe(true);
  });
});
