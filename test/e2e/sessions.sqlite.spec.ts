import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from 'nest-session/sqlite';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
import { describeSessions } from './sessions.suite.js';

describeSessions(
  'SQLite',
  async (clock) => {
    const folder = await mkdtemp(join(tmpdir(), 'nest-session-'));
    return {
      store: sqliteStore({ path: join(folder, 'sessions.db'), clock }),
      cleanup: () => rm(folder, { recursive: true }),
    };
  },
  { ownClock: true, platforms: inFull(platforms, ['express']) },
);
