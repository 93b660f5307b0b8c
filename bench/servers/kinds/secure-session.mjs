// @fastify/secure-session, as its README has it.
import { randomBytes } from 'node:crypto';
import fastifySecureSession from '@fastify/secure-session';

export const setUp = ({ idleSeconds }) => ({
  prepare: (app) =>
    app.register(fastifySecureSession, {
      sessionName: 'session',
      cookieName: 'my-session-cookie',
      key: randomBytes(32),
      cookie: { path: '/' },
    }),
  actions: {
    me(req) {
      // Its way to send the cookie again.
      if (idleSeconds !== undefined) req.session.touch();
      return { user: req.session.get('user') };
    },
    write(req) {
      const n = (req.session.get('n') ?? 0) + 1;
      req.session.set('n', n);
      return { n };
    },
    login: (req, user) => req.session.set('user', user),
    logout: (req) => req.session.delete(),
  },
});
