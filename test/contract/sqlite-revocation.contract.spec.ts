import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteRevocation, sqliteStore, type SqliteRevocation } from '../../libs/session/src/sqlite/index.js';
import { userKey } from '../../libs/session/src/revocation/user-key.js';
import { TestClock } from '../support/test-clock.js';
import { aRecord } from '../support/records.js';
import { manualTime, type RevocationUnderTest } from './revocation-bench.js';
import { describeRevocationContract } from './session-revocation.contract.js';

async function inFile(): Promise<RevocationUnderTest & { path: string; clock: TestClock }> {
  const clock = new TestClock();
  const folder = await mkdtemp(join(tmpdir(), 'revocations-'));
  const path = join(folder, 'sessions.db');
  const opened: SqliteRevocation[] = [];
  const open = (): SqliteRevocation => {
    const revocation = sqliteRevocation({ path, clock, busyTimeout: 20 });
    opened.push(revocation);
    return revocation;
  };
  let intruder: DatabaseSync | undefined;
  return {
    path,
    clock,
    revocation: open(),
    time: manualTime(clock),
    another: () => Promise.resolve(open()),
    contents: async () => {
      const files = [path, `${path}-wal`].filter((file) => existsSync(file));
      return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
    },
    formats: {
      async plant(name, user, text) {
        const database = new DatabaseSync(path);
        const put = database.prepare('INSERT OR REPLACE INTO revocations (key, entry, expires_at) VALUES (?, ?, ?)');
        for (const key of [`name:${name}`, `user:${userKey(user)}`]) put.run(key, text, Infinity);
        database.close();
      },
      async kept(name, user) {
        const database = new DatabaseSync(path, { readOnly: true });
        const find = database.prepare('SELECT entry FROM revocations WHERE key = ?');
        const texts = [`name:${name}`, `user:${userKey(user)}`].map((key) => String(find.get(key)?.['entry']));
        database.close();
        return texts;
      },
    },
    outage: {
      // Another program takes the table away, and then lets nobody write.
      async begin() {
        intruder = new DatabaseSync(path);
        intruder.exec('ALTER TABLE revocations RENAME TO hidden; BEGIN IMMEDIATE');
      },
      async end() {
        intruder?.exec('ROLLBACK; ALTER TABLE hidden RENAME TO revocations');
        intruder?.close();
      },
    },
    async cleanup() {
      await Promise.all(opened.map((revocation) => revocation.close()));
      await rm(folder, { recursive: true });
    },
  };
}

describeRevocationContract('sqliteRevocation in a file of its own', inFile, [
  'shared',
  'contents',
  'outage',
  'formats',
]);

describeRevocationContract(
  'sqliteRevocation in the file of a sqliteStore',
  async () => {
    const bench = await inFile();
    const store = sqliteStore({ path: bench.path, clock: bench.clock });
    await store.create('abcdefghijklmnopqrstuv', aRecord(bench.clock.now()));
    return {
      ...bench,
      async cleanup() {
        await store.close();
        await bench.cleanup();
      },
    };
  },
  ['shared', 'contents', 'outage', 'formats'],
);

describeRevocationContract('sqliteRevocation in memory', async () => {
  const clock = new TestClock();
  const revocation = sqliteRevocation({ path: ':memory:', clock });
  return { revocation, time: manualTime(clock), cleanup: () => revocation.close() };
});
