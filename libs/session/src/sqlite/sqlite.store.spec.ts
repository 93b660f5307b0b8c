import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { aRecord, sessionIn } from '../../../../test/support/records.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { isClosable, isPingable } from '../stores/session-store.js';
import { sqliteStore, type SqliteSessionStore } from './sqlite.store.js';
import type { SqliteStoreOptions } from './sqlite-options.js';

const clock = new TestClock();
const record = (data = {}) => aRecord(clock.now(), { data });
let folder: string;
let path: string;
const opened: { close(): unknown }[] = [];

const open = (options: Partial<SqliteStoreOptions> = {}): SqliteSessionStore => {
  const store = sqliteStore({ path, clock, ...options });
  opened.push(store);
  return store;
};

/** What another program does with the file. */
const other = (file = path): DatabaseSync => {
  const database = new DatabaseSync(file);
  opened.push(database);
  return database;
};

const rows = (table = 'sessions'): unknown => other().prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  path = join(folder, 'sessions.db');
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  rmSync(folder, { recursive: true });
});

describe('sqliteStore', () => {
  describe('its file', () => {
    it('is created with its folders, for the owner only', async () => {
      path = join(folder, 'new', 'folder', 'sessions.db');
      await open().create('key', record());
      expect(mode(join(folder, 'new'))).toBe('700');
      expect(mode(join(folder, 'new', 'folder'))).toBe('700');
      const files = readdirSync(join(folder, 'new', 'folder'));
      expect(files).toContain('sessions.db-wal');
      for (const file of files) expect(mode(join(folder, 'new', 'folder', file)), file).toBe('600');
    });

    it('is taken from all others if it was there', async () => {
      await open().close();
      chmodSync(path, 0o644);
      await open().create('key', record());
      expect(mode(path)).toBe('600');
    });

    it('keeps the permissions of a folder that was there', () => {
      chmodSync(folder, 0o750);
      open();
      expect(mode(folder)).toBe('750');
    });

    it('is refused if it is no database', () => {
      writeFileSync(path, 'a shopping list '.repeat(100));
      expect(() => open()).toThrow(SessionStoreError);
      expect(() => open()).toThrow(`The session file ${path} is no SQLite database`);
    });

    it('is refused if it is the database of something else, and left as it is', () => {
      other().exec('CREATE TABLE users (name TEXT)');
      expect(() => open()).toThrow('is the database of something else. Give sessions a file of their own.');
      expect(other().prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'users' }]);
    });

    it('is refused if a newer release wrote it', () => {
      other().exec('PRAGMA user_version = 2');
      expect(() => open()).toThrow('has version 2 and this release supports 1');
    });

    it('is refused if it is a folder, or lies in a file', () => {
      mkdirSync(path);
      expect(() => open()).toThrow(`The session file ${path} cannot be opened`);
      rmSync(path, { recursive: true });
      writeFileSync(path, '');
      expect(() => open({ path: join(path, 'sessions.db') })).toThrow(/cannot be created.* \(E(NOTDIR|EXIST)\)/);
    });

    it('holds several tables that do not mix', async () => {
      const [one, two] = [open({ table: 'shop' }), open({ table: 'admin' })];
      await one.create('key', record({ who: 'shop' }));
      await two.create('key', record({ who: 'admin' }));
      expect(sessionIn(await one.read('key')).data).toEqual({ who: 'shop' });
      expect(sessionIn(await two.read('key')).data).toEqual({ who: 'admin' });
    });

    it.each(['process', 'power'] as const)('flushes as durability %s says', async (durability) => {
      const store = open({ durability });
      expect(store['opened']!.database.prepare('PRAGMA synchronous').get()).toEqual({
        synchronous: durability === 'power' ? 2 : 1,
      });
      expect(store['opened']!.database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    });

    it('is none for :memory:', async () => {
      const store = open({ path: ':memory:' });
      await store.create('key', record());
      expect(await store.read('key')).toBeDefined();
      expect(existsSync(':memory:')).toBe(false);
    });
  });

  describe('sweeping', () => {
    it('deletes what has expired, a bounded number at a time', async () => {
      const store = open({ sweepInterval: 3_600_000 });
      for (let n = 0; n < 1_100; n++) await store.create(`${n}`, aRecord(clock.now(), { expiresAt: clock.now() + 10 }));
      await store.create('alive', record());
      clock.advance(10);
      expect([store.sweep(), store.sweep(), store.sweep(), store.sweep()]).toEqual([500, 500, 100, 0]);
      expect(rows()).toBe(1);
      expect(await store.read('alive')).toBeDefined();
    });

    it('happens by itself, and goes on until nothing is left', async () => {
      const store = open({ sweepInterval: 20 });
      for (let n = 0; n < 1_100; n++) await store.create(`${n}`, aRecord(clock.now(), { expiresAt: clock.now() + 10 }));
      clock.advance(10);
      await expect.poll(() => rows()).toBe(0);
    });

    it('fails without harm', async () => {
      const store = open({ sweepInterval: 5 });
      store['opened']!.database.exec('PRAGMA query_only = 1');
      await new Promise((resolve) => setTimeout(resolve, 30));
      store['opened']!.database.exec('PRAGMA query_only = 0');
      expect(await store.create('key', record())).toBeTypeOf('string');
    });
  });

  describe('what cannot be decoded', () => {
    it.each(['{"cookie":', 'null', '[]', '{"cookie":7}'])('is deleted, and there is none: %s', async (text) => {
      const store = open();
      await store.create('key', record());
      await store.create('fine', record());
      other().prepare('UPDATE sessions SET record = ? WHERE key = ?').run(text, 'key');
      expect(await store.read('key')).toBeUndefined();
      expect(rows()).toBe(1);
      expect(await store.create('key', record())).toBeTypeOf('string');
    });
  });

  describe('out of order', () => {
    const everyCall = (store: SqliteSessionStore) => [
      store.create('new', record()),
      store.save('key', record(), 'v'),
      store.renew('key', record(), 'v'),
      store.delete('key'),
      store.ping(),
    ];
    const everyCallRejects = async (store: SqliteSessionStore, why: string): Promise<void> => {
      for (const result of await Promise.allSettled(everyCall(store))) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SESSION_STORE_UNAVAILABLE' } });
        expect(String((result as PromiseRejectedResult).reason)).toContain(`The session file ${path} ${why}`);
      }
    };

    it('while another process writes for too long, and in order again afterwards', async () => {
      const store = open({ busyTimeout: 20 });
      const lock = other();
      lock.exec('BEGIN IMMEDIATE');
      await everyCallRejects(store, 'is locked by another process');
      expect(await store.read('key')).toBeUndefined();
      lock.exec('ROLLBACK');
      expect(await store.create('key', record())).toBeTypeOf('string');
      await store.ping();
    });

    it('when the file is read-only', async () => {
      const store = open();
      store['opened']!.database.exec('PRAGMA query_only = 1');
      await expect(store.create('key', record())).rejects.toThrow(`The session file ${path} is read-only.`);
    });

    it('when the disk is full, and keeps what it has', async () => {
      const store = open();
      await store.create('key', record({ n: 1 }));
      store['opened']!.database.exec('PRAGMA max_page_count = 8');
      const big = record({ text: 'x'.repeat(64 * 1024) });
      await expect(store.create('big', big)).rejects.toThrow(`The session file ${path} is full`);
      expect(await store.read('big')).toBeUndefined();
      expect(sessionIn(await store.read('key')).data).toEqual({ n: 1 });
    });

    it('when the file is damaged', async () => {
      const store = open();
      await store.create('key', record({ n: 1 }));
      await store.close();
      const page = 4096;
      const bytes = Buffer.alloc(statSync(path).size, 0xee);
      readFileSync(path).copy(bytes, 0, 0, page);
      writeFileSync(path, bytes);
      await expect(open().read('key')).rejects.toThrow(`The session file ${path} is damaged`);
    });

    it('after close(), which may be called again', async () => {
      const store = open();
      await store.close();
      await store.close();
      await everyCallRejects(store, 'is closed.');
      await expect(store.read('key')).rejects.toThrow(SessionStoreError);
      expect(() => store.sweep()).toThrow(SessionStoreError);
    });
  });

  it('can be asked whether it is in order, and closed', async () => {
    const store = open();
    expect(isPingable(store) && isClosable(store)).toBe(true);
    await store.ping();
  });

  it('does not blame the file for a value that JSON cannot carry', async () => {
    const store = open();
    const version = await store.create('key', record());
    const data: Record<string, unknown> = {};
    data['self'] = data;
    await expect(store.create('new', record(data))).rejects.toThrow(TypeError);
    await expect(store.save('key', record(data), version!)).rejects.toThrow(TypeError);
  });

  describe('options', () => {
    it.each<[string, object]>([
      ['path', { path: '' }],
      ['path', { path: 'file:sessions.db?mode=ro' }],
      ['path', { path: 'a\0b' }],
      ['path', { path: undefined }],
      ['table', { table: 'a b' }],
      ['table', { table: '"; DROP TABLE users; --' }],
      ['table', { table: 'sqlite_sessions' }],
      ['durability', { durability: 'full' }],
      ['busyTimeout', { busyTimeout: -1 }],
      ['busyTimeout', { busyTimeout: 60_000 }],
      ['sweepInterval', { sweepInterval: 0 }],
      ['sweepInterval', { sweepInterval: 2 ** 31 }],
    ])('refuse %s in %j', (option, wrong) => {
      expect(() => open(wrong)).toThrow(SessionConfigError);
      expect(() => open(wrong)).toThrow(`sqliteStore.${option}: `);
    });
  });
});
