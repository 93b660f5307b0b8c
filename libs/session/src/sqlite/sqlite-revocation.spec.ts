import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { aRecord, sessionIn } from '../../../../test/support/records.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { sqliteRevocation, sqliteStore, type SqliteRevocation, type SqliteRevocationOptions } from './index.js';

const clock = new TestClock();
const HOUR = 3_600_000;
const over = (until: number) => ({ least: Infinity, by: 'asked', over: 'revoked', until }) as const;
let folder: string;
let path: string;
const opened: { close(): unknown }[] = [];

const opens = <T extends { close(): unknown }>(one: T): T => {
  opened.push(one);
  return one;
};
const open = (options: Partial<SqliteRevocationOptions> = {}): SqliteRevocation =>
  opens(sqliteRevocation({ path, clock, ...options }));
const openStore = (table?: string) => opens(sqliteStore({ path, clock, ...(table && { table }) }));
/** What another program does with the file. */
const other = (): DatabaseSync => opens(new DatabaseSync(path));
const rows = (table = 'revocations'): unknown => other().prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'revocations-'));
  path = join(folder, 'sessions.db');
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  rmSync(folder, { recursive: true });
});

describe('the file', () => {
  it('is created for the owner only', async () => {
    await open().raise('handle', over(Infinity));
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  });

  it('holds nothing but the table that is needed', () => {
    open();
    const tables = other().prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    expect(tables).toEqual([{ name: 'revocations' }]);
  });

  it.each(['store', 'revocation'])('may be that of a sqliteStore, whichever is first: the %s', async (first) => {
    const early = first === 'store' ? openStore() : open();
    const store = first === 'store' ? early : openStore();
    const revocation = first === 'store' ? open() : early;
    if (!('create' in store) || !('raise' in revocation)) throw new Error('mixed up');
    const version = await store.create('key', aRecord(clock.now(), { data: { n: 1 } }));
    expect(version).toBeTypeOf('string');
    expect(await revocation.raise('key', over(Infinity))).toBeUndefined();
    expect(sessionIn(await store.read('key')).data).toEqual({ n: 1 });
    expect([rows('sessions'), rows()]).toEqual([1, 1]);
    await store.delete('key');
    expect((await revocation.read('key', [])).entry?.over).toBe('revoked');
  });

  it('of a sqliteStore of an earlier release opens, and keeps its sessions', async () => {
    const record = JSON.stringify({ cookie: { originalMaxAge: null, path: '/' } });
    const before = new DatabaseSync(path);
    before.exec(`
      CREATE TABLE "sessions" (key TEXT NOT NULL PRIMARY KEY, record TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX "sessions_expires_at" ON "sessions" (expires_at);
      PRAGMA user_version = 1;
    `);
    before.prepare('INSERT INTO sessions VALUES (?, ?, ?)').run('key', record, clock.now() + HOUR);
    before.close();
    expect(await open().raise('key', over(Infinity))).toBeUndefined();
    expect(await openStore().read('key')).toBeDefined();
    expect(other().prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  });

  it('is refused if it is the database of something else, or of a newer release, and left as it is', () => {
    other().exec('CREATE TABLE users (name TEXT)');
    expect(() => open()).toThrow('is the database of something else. Give sessions a file of their own.');
    expect(other().prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'users' }]);
    other().exec('DROP TABLE users; PRAGMA user_version = 2');
    expect(() => open()).toThrow('has version 2 and this release supports 1');
  });

  it('holds several tables that do not mix', async () => {
    const [shop, admin] = [open({ table: 'shop' }), open({ table: 'admin' })];
    await shop.raise('handle', over(Infinity));
    expect((await admin.read('handle', [])).entry).toBeUndefined();
  });

  it('is refused if the table is that of sessions, and the other way round', async () => {
    await openStore().create('key', aRecord(clock.now()));
    expect(() => open({ table: 'sessions' })).toThrow(SessionStoreError);
    expect(() => open({ table: 'SESSIONS' })).toThrow(/table SESSIONS of .* holds something else.*option table/);
    open();
    expect(() => openStore('revocations')).toThrow(/table revocations of .* holds something else/);
    expect(rows('sessions')).toBe(1);
    // Nothing of the attempts is left: no transaction, no index.
    expect(await open().raise('handle', over(Infinity))).toBeUndefined();
  });

  it.each(['process', 'power'] as const)('is flushed as durability %s says', (durability) => {
    const { synchronous } = open({ durability })['opened']!.database.prepare('PRAGMA synchronous').get() ?? {};
    expect(synchronous).toBe(durability === 'power' ? 2 : 1);
  });
});

describe('sweeping', () => {
  it('deletes what is over, a bounded number at a time', async () => {
    const revocation = open();
    for (let n = 0; n < 550; n++) await revocation.raise(`${n}`, over(clock.now() + 10));
    for (let n = 0; n < 50; n++) await revocation.revokeBefore(`${n}`, 1, clock.now() + 10);
    await revocation.raise('alive', over(clock.now() + HOUR));
    await revocation.revokeBefore('alive', 1, Infinity);
    clock.advance(10);
    expect([revocation.sweep(), revocation.sweep(), revocation.sweep()]).toEqual([500, 100, 0]);
    expect(await revocation.read('alive', ['alive'])).toMatchObject({ entry: { over: 'revoked' }, revokedBefore: [1] });
  });

  it('happens by itself', async () => {
    const revocation = open({ sweepInterval: 20 });
    for (let n = 0; n < 550; n++) await revocation.raise(`${n}`, over(clock.now() + 10));
    await revocation.raise('alive', over(Infinity));
    clock.advance(10);
    await expect.poll(() => rows()).toBe(1);
  });

  it('leaves the sessions of the same file to their store', async () => {
    const store = openStore();
    await store.create('key', aRecord(clock.now(), { expiresAt: clock.now() + 10 }));
    clock.advance(10);
    expect(open().sweep()).toBe(0);
    expect(rows('sessions')).toBe(1);
    expect(store.sweep()).toBe(1);
  });
});

it('rejects while another process writes for too long, still reads, and is in order again afterwards', async () => {
  const revocation = open({ busyTimeout: 20 });
  await revocation.raise('handle', over(Infinity));
  const lock = other();
  lock.exec('BEGIN IMMEDIATE');
  const locked = `The session file ${path} is locked by another process`;
  await expect(revocation.raise('next', over(Infinity))).rejects.toThrow(locked);
  await expect(revocation.revokeBefore('user', 1, Infinity)).rejects.toThrow(locked);
  await expect(revocation.ping()).rejects.toThrow(locked);
  expect((await revocation.read('handle', ['user'])).entry?.over).toBe('revoked');
  lock.exec('ROLLBACK');
  expect(await revocation.raise('next', over(Infinity))).toBeUndefined();
});

it('refuses what is no time at all, rather than forgetting at once', async () => {
  const revocation = open();
  await expect(revocation.revokeBefore('user', 1, NaN)).rejects.toThrow(SessionStoreError);
});

describe('options', () => {
  it.each<[string, object]>([
    ['path', { path: '' }],
    ['path', { path: undefined }],
    ['table', { table: 'a b' }],
    ['table', { table: 'sqlite_revocations' }],
    ['durability', { durability: 'full' }],
    ['busyTimeout', { busyTimeout: -1 }],
    ['sweepInterval', { sweepInterval: 0 }],
    ['staleness', { staleness: 'soon' }],
    ['staleness', { staleness: -1 }],
    ['clock', { clock: {} }],
  ])('refuse %s in %j', (option, wrong) => {
    expect(() => open(wrong)).toThrow(SessionConfigError);
    expect(() => open(wrong)).toThrow(
      `sqliteRevocation() cannot start, 1 problem in its options:\n  - sqliteRevocation.${option}: `,
    );
  });

  it('tell every problem at once', () => {
    expect(() => open({ path: '', busyTimeout: -1, staleness: -1 })).toThrow(
      /3 problems[^]*\.path[^]*\.busyTimeout[^]*\.staleness/,
    );
  });

  it.each([
    [undefined, 0],
    [0, 0],
    ['10s', 10_000],
  ] as const)('take a staleness of %s', (staleness, expected) => {
    expect(open(staleness === undefined ? {} : { staleness }).staleness).toBe(expected);
  });
});
