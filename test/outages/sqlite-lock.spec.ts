import { mkdtempSync, rmSync, renameSync, statSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore, type SqliteSessionStore } from 'nest-session/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRecord } from '../support/records.js';

const BUSY = 200;
let folder: string;
let path: string;
let store: SqliteSessionStore;
let other: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nest-session-lock-'));
  path = join(folder, 'sessions.db');
  store = sqliteStore({ path, busyTimeout: BUSY });
  other = new DatabaseSync(path);
});
afterEach(async () => {
  await store.close();
  other.close();
  rmSync(folder, { recursive: true });
});

const record = () => aRecord(Date.now());
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('another process that holds the lock', () => {
  it('stops this one for one busyTimeout, however many requests write', async () => {
    other.exec('BEGIN IMMEDIATE');
    const start = performance.now();
    const writes = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => store.create(`k${n}`, record())));
    expect(performance.now() - start).toBeLessThan(3 * BUSY);
    expect(writes.map(({ status }) => status)).toEqual(Array(12).fill('rejected'));
    expect(String((writes[0] as PromiseRejectedResult).reason)).toMatch(/is locked by another process for longer/);
    expect(String((writes[11] as PromiseRejectedResult).reason)).toMatch(/is still locked by another process/);
  });

  it('blocks no read', async () => {
    await store.create('k', record());
    other.exec('BEGIN IMMEDIATE');
    await expect(store.create('other', record())).rejects.toThrow('locked');
    expect(await store.read('k')).toBeDefined();
  });

  it('is noticed to be gone without a restart', async () => {
    other.exec('BEGIN IMMEDIATE');
    await expect(store.create('k', record())).rejects.toThrow('locked');
    other.exec('ROLLBACK');
    await expect.poll(() => store.create('k', record()).then(Boolean, () => false), { timeout: 2_000 }).toBe(true);
  });

  it('costs a renewal a moment, and opens no circuit because of it', async () => {
    const version = String(await store.create('k', record()));
    other.exec('BEGIN IMMEDIATE');
    const start = performance.now();
    for (let n = 0; n < 12; n++) await expect(store.renew('k', record(), version)).rejects.toThrow('locked');
    expect(performance.now() - start).toBeLessThan(BUSY);
    other.exec('ROLLBACK');
    expect(await store.create('other', record())).toBeTypeOf('string');
  });
});

describe('a file that is not there any more', () => {
  const replaced = /was deleted or replaced while it was open/;

  it.each([
    ['deleted', () => rmSync(path)],
    ['moved away', () => renameSync(path, `${path}.old`)],
    [
      'swapped',
      () => {
        void sqliteStore({ path: join(folder, 'new.db') }).close();
        // What SQLite keeps beside a file belongs to it: left behind, it would be read into the new one.
        for (const beside of ['-wal', '-shm']) rmSync(`${path}${beside}`, { force: true });
        renameSync(join(folder, 'new.db'), path);
      },
    ],
  ])('because it was %s is told within a second, and then the one that others open is used', async (_how, away) => {
    await store.create('before', record());
    away();
    await pause(1_050);
    await expect(store.read('before')).rejects.toThrow(replaced);
    expect(await store.read('before')).toBeUndefined();
    const late = sqliteStore({ path });
    await store.create('here', record());
    expect(await late.read('here')).toBeDefined();
    expect(await late.delete('here')).toBeDefined();
    expect(await store.read('here')).toBeUndefined();
    await late.close();
  });
});

it('the -wal file does not stay as long as a long reader made it', async () => {
  const big = aRecord(Date.now(), { data: { text: 'x'.repeat(200_000) } });
  await store.create('k', big);
  other.exec('BEGIN');
  other.prepare('SELECT count(*) FROM sessions').get();
  for (let n = 0; n < 60; n++) await store.create(`k${n}`, big);
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(8_000_000);
  other.exec('COMMIT');
  for (let n = 0; n < 3; n++) await store.create(`later${n}`, big);
  expect(statSync(`${path}-wal`).size).toBeLessThan(6_000_000);
});

it('a store that was closed is in order again for the next application', async () => {
  await store.create('k', record());
  await store.close();
  await expect(store.read('k')).rejects.toThrow('is closed');
  await store.open();
  await store.ping();
  expect(await store.read('k')).toBeDefined();
  expect(existsSync(path)).toBe(true);
});
