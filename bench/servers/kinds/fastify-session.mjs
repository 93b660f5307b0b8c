// @fastify/session, as its README has it, with the store of connect-redis. What it does by default is left as it is,
// which is `rolling`; but, as with express-session, visitors who only read get no session.
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { RedisStore } from 'connect-redis';
import { Redis } from 'ioredis';
import { sessionActions } from '../app.mjs';

export const setUp = ({ redisUrl, rolling }) => ({
  async prepare(app) {
    await app.register(fastifyCookie);
    await app.register(fastifySession, {
      secret: 'a secret with minimum length of 32 characters',
      cookie: { secure: false },
      store: new RedisStore({ client: new Redis(redisUrl) }),
      saveUninitialized: false,
      ...(rolling !== undefined && { rolling }),
    });
  },
  actions: {
    ...sessionActions,
    async login(req, user) {
      await req.session.regenerate();
      req.session.user = user;
    },
    logout: (req) => req.session.destroy(),
  },
});
