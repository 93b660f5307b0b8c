import { memoryStore } from 'nest-session';
import { describeSessions } from './sessions.suite.js';

describeSessions(
  'memory',
  (clock) => Promise.resolve({ store: memoryStore({ clock }), cleanup: () => Promise.resolve() }),
  {
    ownClock: true,
  },
);
