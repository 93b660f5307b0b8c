import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from 'nest-session/sqlite';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
import { describeRegistry } from './registry.suite.js';

describeRegistry(
  'SQLite',
  async (clock) => {
    const folder = await mkdtemp(join(tmpdir(), 'sessions-'));
    const store = sqliteStore({ path: join(folder, 'sessions.db'), clock });
    return {
      store,
      async cleanup() {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
  inFull(platforms, ['fastify']),
);
