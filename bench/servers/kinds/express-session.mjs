// express-session, as its README and the one of connect-redis have it: both recommended options off, login with a new id.
import { promisify } from 'node:util';
import { RedisStore } from 'connect-redis';
import expressSession from 'express-session';
import { Redis } from 'ioredis';
import { sessionActions } from '../app.mjs';

const secret = 'a secret for benchmarks, which need not be secret';

/** What its middleware is given, here and in nestjs-session. */
export function expressSessionOptions({ store, autoPipelining = false, redisUrl }) {
  const common = { secret, resave: false, saveUninitialized: false };
  if (store === 'memory') return common;
  return {
    ...common,
    store: new RedisStore({ client: new Redis(redisUrl, { enableAutoPipelining: autoPipelining }) }),
  };
}

const call = (session, method) => promisify(session[method]).call(session);

export const expressSessionActions = {
  ...sessionActions,
  async login(req, user) {
    await call(req.session, 'regenerate');
    req.session.user = user;
    await call(req.session, 'save');
  },
  logout: (req) => call(req.session, 'destroy'),
};

export const setUp = (options) => ({
  prepare: (app) => app.use(expressSession(expressSessionOptions(options))),
  actions: expressSessionActions,
});
