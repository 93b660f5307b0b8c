// This package, with each of its stores.
import { join } from 'node:path';
import { AuthGuard, memoryStore, SessionModule, SessionService } from 'nest-session';
import { redisRevocation, redisStore } from 'nest-session/redis';
import { sealedCookie } from 'nest-session/sealed';
import { sqliteStore } from 'nest-session/sqlite';
import { sessionActions } from '../app.mjs';

const secret = 'Wb3mXq8ZtR5vK1nL7cY2hJ9dF4gS6pAe';

/** Milliseconds. The peers wait for ever: a busy machine must not make an outage of Redis. */
const PATIENCE = 10_000;

const stores = {
  memory: () => memoryStore(),
  sqlite: ({ directory }) => sqliteStore({ path: join(directory, 'sessions.db') }),
  redis: ({ redisUrl, nearCache }) =>
    redisStore({ url: redisUrl, commandTimeout: PATIENCE, ...(nearCache && { nearCache }) }),
  sealed: ({ redisUrl, revocation, bytes, idleSeconds }) =>
    sealedCookie({
      password: secret,
      revocation: revocation === 'redis' ? redisRevocation({ url: redisUrl }) : 'none',
      // Larger than a cookie may be.
      ...(bytes > 2_000 && { chunk: true }),
      ...(idleSeconds !== undefined && { ttl: idleSeconds, cookieOptions: { maxAge: idleSeconds } }),
    }),
};

export function setUp(options) {
  const { store, lazy, cache, idleSeconds } = options;
  let sessions;
  const module = SessionModule.forRoot({
    store: stores[store](options),
    ...(store !== 'sealed' && { secret }),
    ...(store !== 'sealed' && idleSeconds !== undefined && { idleTimeout: `${idleSeconds}s` }),
    ...(lazy && { lazy }),
    ...(cache && { cache }),
  });
  return {
    imports: [module],
    guard: AuthGuard,
    prepare(app) {
      sessions = app.get(SessionService);
    },
    actions: {
      ...sessionActions,
      login: (_req, user) => sessions.login(user),
      logout: () => sessions.logout(),
    },
  };
}
