import { memoryStore } from 'nest-session';
import { describeSessions } from './sessions.suite.js';

describeSessions(
  'memory',
  (clock) => Promise.resolve({ store: memoryStore({ clock }), cleanup: () => Promise.resolve() }),
  {
    ownClock: true,
  },
);

describeSessions(
  'memory behind copies in the browser',
  (clock) => Promise.resolve({ store: memoryStore({ clock }), cleanup: () => Promise.resolve() }),
  { ownClock: true },
  { cache: '1m' },
);
