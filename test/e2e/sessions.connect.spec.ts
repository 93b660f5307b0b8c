import { MemoryStore } from 'express-session';
import { connectStore } from 'nest-session';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
import { describeSessions } from './sessions.suite.js';

describeSessions(
  "express-session's MemoryStore",
  (clock) => Promise.resolve({ store: connectStore(new MemoryStore(), { clock }), cleanup: () => Promise.resolve() }),
  { ownClock: false, platforms: inFull(platforms, ['express']) },
);
