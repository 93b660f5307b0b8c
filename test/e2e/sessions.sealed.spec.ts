import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { platforms } from '../support/nest-app.js';
import { inFull } from '../support/scope.js';
import { describeSessions } from './sessions.suite.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';

describeSessions(
  'a sealed cookie',
  (clock, { idleTimeout, cookie }) =>
    Promise.resolve({
      store: sealedCookie({
        password,
        cookieName: 'sid',
        ttl: idleTimeout as '30m',
        cookieOptions: { maxAge: cookie?.maxAge as '1h' | undefined },
        revocation: memoryRevocation({ clock }),
      }),
      decides: ['idleTimeout', 'cookie'],
      cleanup: () => Promise.resolve(),
    }),
  { ownClock: true, recordInCookie: true, platforms: inFull(platforms, ['fastify']) },
);
