import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '../../libs/session/src/sqlite/index.js';
import { TestClock } from '../support/test-clock.js';
import { describeStoreContract } from './session-store.contract.js';

describeStoreContract('sqliteStore in memory', () => {
  const clock = new TestClock();
  const store = sqliteStore({ path: ':memory:', clock });
  return Promise.resolve({ store, clock, cleanup: () => store.close() });
});

describeStoreContract('sqliteStore in a file', async () => {
  const clock = new TestClock();
  const folder = await mkdtemp(join(tmpdir(), 'sessions-'));
  const path = join(folder, 'sessions.db');
  let store = sqliteStore({ path, clock });
  return {
    store,
    clock,
    reopen: async () => {
      await store.close();
      store = sqliteStore({ path, clock });
      return store;
    },
    cleanup: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
