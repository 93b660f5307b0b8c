import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore, type SqliteSessionStore } from 'nest-session/sqlite';
import { TestClock } from '../support/test-clock.js';
import { describeIndexContract } from './session-index.contract.js';

describeIndexContract('sqliteStore in memory', async () => {
  const clock = new TestClock();
  const store = sqliteStore({ path: ':memory:', clock });
  return { index: store.index, clock, cleanup: () => store.close() };
});

describeIndexContract(
  'sqliteStore in a file',
  async () => {
    const clock = new TestClock();
    const folder = await mkdtemp(join(tmpdir(), 'sessions-'));
    const stores: SqliteSessionStore[] = [];
    const another = async () => {
      const store = sqliteStore({ path: join(folder, 'sessions.db'), clock });
      stores.push(store);
      return store.index;
    };
    return {
      index: await another(),
      clock,
      another,
      async cleanup() {
        await Promise.all(stores.map((store) => store.close()));
        await rm(folder, { recursive: true });
      },
    };
  },
  true,
);
