import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MemoryStore } from 'express-session';
import { afterEach, describe, expect, it } from 'vitest';
import { connectStore, memoryStore, type SessionModuleOptions } from 'nest-session';
import { encodeRecord } from 'nest-session/store';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { sqliteStore } from 'nest-session/sqlite';
import type { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import { platforms } from '../support/nest-app.js';
import { aRecord } from '../support/records.js';
import { aboutTheRegistry } from '../support/routes/registry.routes.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MINUTE = 60_000;
const password = 'a password that is long enough for it';
const opened: TestApp[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});
const status = async (client: HttpClient) => (await client.get('/me')).status;

describe.each(platforms)('a store that finds sessions by their id alone, %s', (platform) => {
  const start = async (store: NonNullable<SessionModuleOptions['store']>) => {
    const app = await startTestApp(
      platform,
      { store, secret: store instanceof Object && 'recordInCookie' in store ? undefined : 'x'.repeat(40) },
      aboutTheRegistry,
    );
    opened.push(app);
    return app;
  };
  const sealed = () => sealedCookie({ password, revocation: memoryRevocation(), cookieName: 'sid' });

  it.each([
    ['connectStore()', () => connectStore(new MemoryStore())],
    ['sealedCookie()', sealed],
  ])('says what it cannot do, in words: %s', async (_, open) => {
    const { registry } = await start(open());
    const calls: (() => Promise<unknown>)[] = [
      () => registry.list('u1'),
      () => registry.count('u1'),
      () => registry.get('handle'),
      () => registry.find('tenant', 'acme'),
      () => registry.update('handle', () => {}),
      () => registry.revokeAll('u1', { except: 'handle' }),
    ];
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({
        code: 'SESSION_NEEDS_INDEX',
        message: expect.stringMatching(/memoryStore/) as string,
      });
  });

  it('ends nothing behind connectStore()', async () => {
    const { registry } = await start(connectStore(new MemoryStore()));
    await expect(registry.revoke('handle')).rejects.toMatchObject({ code: 'SESSION_NEEDS_INDEX' });
    await expect(registry.revokeAll('u1')).rejects.toMatchObject({ code: 'SESSION_NEEDS_INDEX' });
  });

  it('ends sealed sessions, and counts them not', async () => {
    const app = await start(sealed());
    const [one, two] = [await app.login(), await app.login()];
    const { info } = (await (await one.get('/me')).json()) as { info: { handle: string } };
    expect(await app.registry.revoke(info.handle)).toBe(true);
    expect([await status(one), await status(two)]).toEqual([401, 200]);
    expect(await app.registry.revokeAll('u1')).toBeUndefined();
    expect(await status(two)).toBe(401);
  });
});

describe('sessions that are older than the index', () => {
  it('are found once they are renewed, and ended by a revokeAll() that came before', async () => {
    const clock = new TestClock();
    const store = memoryStore({ clock });
    const app = await startTestApp('express', { store, clock }, aboutTheRegistry);
    opened.push(app);
    const [one, two] = [await app.login(), await app.login('u2')];
    // What a release without an index has left behind.
    store.index.clear();
    expect(await app.registry.count('u1')).toBe(0);
    clock.advance(5 * MINUTE);
    expect([await status(one), await app.registry.count('u1')]).toEqual([200, 1]);
    expect(await app.registry.revokeAll('u2')).toBe(0);
    clock.advance(5 * MINUTE);
    await status(two);
    expect([await status(one), await status(two)]).toEqual([200, 401]);
  });

  it('stay in a file of SQLite from before, which still opens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessions-'));
    const path = join(folder, 'sessions.db');
    const text = encodeRecord(aRecord(Date.now(), { data: { user: { id: 'u1' } } }));
    const before = new DatabaseSync(path);
    before.exec(`
      CREATE TABLE "sessions" (key TEXT NOT NULL PRIMARY KEY, record TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX "sessions_expires_at" ON "sessions" (expires_at);
      PRAGMA user_version = 1;`);
    before.prepare('INSERT INTO sessions VALUES (?, ?, ?)').run('key', text, Date.now() + MINUTE);
    before.close();
    const store = sqliteStore({ path });
    expect(await store.read('key')).toMatchObject({ version: text });
    const [place, member] = [
      { index: 'user', value: 'u1' },
      { key: 'key', createdAt: 1 },
    ];
    expect(await store.index.add(place, member, { until: Date.now() + MINUTE, revokedBefore: 0 })).toMatchObject({
      status: 'in',
    });
    await store.close();
    const again = sqliteStore({ path });
    expect(await again.index.members(place)).toEqual([{ ...member, evicting: false }]);
    await again.close();
    // A release without an index opens it too: the version of the file is the same.
    const after = new DatabaseSync(path);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    after.close();
    await rm(folder, { recursive: true });
  });

  it('leave nothing behind in memory and in the file when their time is over', async () => {
    const clock = new TestClock();
    const memory = memoryStore({ clock });
    const sqlite = sqliteStore({ path: ':memory:', clock });
    for (const { index } of [memory, sqlite]) {
      for (let n = 0; n < 10; n++)
        await index.add(
          { index: 'user', value: `${n}` },
          { key: `${n}`, createdAt: n },
          { until: clock.now() + MINUTE, revokedBefore: 0 },
        );
      await index.revokeBefore({ index: 'user', value: '0' }, 5, clock.now() + MINUTE);
    }
    clock.advance(MINUTE);
    memory.sweep();
    sqlite.sweep();
    expect(memory.index.size).toBe(0);
    expect(await sqlite.index.revokedBefore({ index: 'user', value: '0' })).toBe(0);
    await Promise.all([memory.close(), sqlite.close()]);
  });
});
