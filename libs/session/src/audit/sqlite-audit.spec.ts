import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { AuditEntry } from './audit-entry.js';
import { sqliteAudit, type SqliteAudit, type SqliteAuditOptions } from './sqlite-audit.js';

const DAY = 86_400_000;
let folder: string;
let path: string;
let clock: TestClock;
let open: SqliteAudit[];

const start = (more: Partial<SqliteAuditOptions> = {}): SqliteAudit => {
  const audit = sqliteAudit({ path, clock, ...more });
  open.push(audit);
  return audit;
};
const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({ at: clock.now(), event: 'login', ...more });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nest-session-audit-'));
  path = join(folder, 'deep', 'audit.db');
  clock = new TestClock();
  open = [];
});
afterEach(() => {
  for (const audit of open) audit.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('sqliteAudit', () => {
  it('keeps entries over a restart, for the owner of the file only', async () => {
    const written = entry({ handle: 'h', userId: 'u1', actorId: 'root', reason: 'admin', details: { count: 2 } });
    const audit = start();
    audit.write(written);
    audit.close();
    expect(await start().query()).toEqual([written]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('makes a file that is there readable by its owner only', () => {
    path = join(folder, 'open.db');
    writeFileSync(path, '', { mode: 0o644 });
    start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('finds what is asked for, newest first', async () => {
    const audit = start();
    const a = entry({ userId: 'u1', handle: 'a' });
    clock.advance(10);
    const b = entry({ userId: 'u2', handle: 'b', event: 'logout' });
    const c = entry({ userId: 'u1', handle: 'c', event: 'revoked', actorId: 'u2' });
    audit.writeMany([a, b, c]);
    expect(await audit.query()).toEqual([c, b, a]);
    expect(await audit.query({ userId: 'u1' })).toEqual([c, a]);
    expect(await audit.query({ actorId: 'u2' })).toEqual([c, b]);
    expect(await audit.query({ handle: 'b' })).toEqual([b]);
    expect(await audit.query({ events: ['logout', 'revoked'] })).toEqual([c, b]);
    expect(await audit.query({ events: [] })).toEqual([]);
    expect(await audit.query({ since: a.at + 1 })).toEqual([c, b]);
    expect(await audit.query({ until: a.at + 1 })).toEqual([a]);
    expect(await audit.query({ limit: 1 })).toEqual([c]);
    expect(await audit.query({ limit: -3 })).toEqual([c]);
    expect(await audit.query({ userId: "u1' OR '1'='1" })).toEqual([]);
  });

  it('gives back the very texts, whatever they contain', async () => {
    const nasty = entry({ reason: "x'); DROP TABLE audit; --\r\nADMIN login \u2028 \u0000 💥", userId: '%' });
    start().write(nasty);
    expect(await start().query()).toEqual([nasty]);
  });

  it('writes all of a batch or none', async () => {
    const audit = start();
    const wrong = { ...entry(), at: undefined as unknown as number };
    expect(() => audit.writeMany([entry(), wrong])).toThrow('cannot be bound');
    expect(await audit.query()).toEqual([]);
    audit.writeMany([entry()]);
    expect(await audit.query()).toHaveLength(1);
  });

  it('waits for another process only a moment, and can be asked again', async () => {
    const audit = start();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const begun = performance.now();
    expect(() => audit.writeMany([entry()])).toThrow('locked');
    expect(performance.now() - begun).toBeLessThan(500);
    other.exec('ROLLBACK');
    other.close();
    audit.writeMany([entry()]);
    expect(await audit.query()).toHaveLength(1);
  });

  it('forgets what is older than the retention, at most 1,000 at a time, and keeps the rest', async () => {
    const audit = start({ retention: '30d' });
    audit.writeMany(Array.from({ length: 1_100 }, () => entry()));
    clock.advance(30 * DAY);
    const last = entry({ userId: 'last' });
    audit.write(last);
    expect(audit.sweep()).toBe(0);
    clock.advance(1);
    expect([audit.sweep(), audit.sweep(), audit.sweep()]).toEqual([1_000, 100, 0]);
    expect(await audit.query()).toEqual([last]);
  });

  it('sweeps when it starts, after 90 days by default', async () => {
    start().writeMany(Array.from({ length: 2_100 }, () => entry()));
    clock.advance(90 * DAY + 1);
    const audit = start();
    await expect.poll(() => audit.query()).toEqual([]);
  });

  it('keeps everything for ever if told so', async () => {
    start({ retention: false }).write(entry());
    clock.advance(10_000 * DAY);
    const audit = start({ retention: false });
    expect(audit.sweep()).toBe(0);
    expect(await audit.query()).toHaveLength(1);
  });

  it('is shared by two that write in turn', async () => {
    const [one, two] = [start(), start()];
    for (let n = 0; n < 20; n++) (n % 2 ? one : two).writeMany([entry({ userId: `${n}` })]);
    expect(await one.query()).toHaveLength(20);
    expect(await two.query()).toHaveLength(20);
  });

  it('refuses a file of something else, and says which', () => {
    path = join(folder, 'other.db');
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE t (x)');
    other.close();
    expect(() => start()).toThrow(SessionStoreError);
    expect(() => start()).toThrow(`The audit file ${path} is the database of something else`);
    path = join(folder, 'text.db');
    writeFileSync(path, 'this is no database, however long this text may be'.repeat(50));
    expect(() => start()).toThrow(`The audit file ${path} cannot be opened`);
  });

  it('may be closed twice', () => {
    const audit = start();
    audit.close();
    audit.close();
    expect(() => audit.write(entry())).toThrow('finalized');
  });

  it.each<[string, object]>([
    ['path', { path: '' }],
    ['path', { path: 'file:x?mode=ro' }],
    ['path', { path: 'a\0b' }],
    ['retention', { retention: '90' }],
    ['retention', { retention: 0 }],
    ['retention', { retention: true }],
    ['clock', { clock: {} }],
  ])('refuses %s in %j', (option, wrong) => {
    expect(() => start(wrong)).toThrow(SessionConfigError);
    expect(() => start(wrong)).toThrow(`sqliteAudit.${option}: `);
  });
});
