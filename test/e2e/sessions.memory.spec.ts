import { memoryStore } from 'nest-session';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
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
  { ownClock: true, platforms: inFull(platforms, ['fastify']) },
  { cache: '1m' },
);
