import { MemoryStore } from 'express-session';
import { connectStore } from 'nest-session';
import { describeSessions } from './sessions.suite.js';

describeSessions(
  "express-session's MemoryStore",
  (clock) => Promise.resolve({ store: connectStore(new MemoryStore(), { clock }), cleanup: () => Promise.resolve() }),
  { ownClock: false },
);
