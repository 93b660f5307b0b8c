// No session at all: the limit. With `waits`, a no-op in front of every request that lets it wait as sessions do.
import { Redis } from 'ioredis';
import { userOf } from '../../lib/visitor.mjs';

export async function setUp({ waits, bytes, redisUrl }) {
  const user = userOf(0, bytes);
  const wait = await waitOf(waits, redisUrl, user);
  return {
    prepare(app) {
      if (!wait) return;
      const fastify = app.getHttpAdapter().getType() === 'fastify';
      if (fastify) app.getHttpAdapter().getInstance().addHook('onRequest', wait);
      else app.use(wait);
    },
    actions: { me: () => ({ user }), write: () => ({ n: 1 }), login: () => {}, logout: () => {} },
  };
}

async function waitOf(waits, redisUrl, user) {
  if (waits === undefined) return undefined;
  if (waits === 'not') return (_req, _res, next) => next();
  if (waits === 'immediate') return (_req, _res, next) => void setImmediate(() => next());
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  // A key and a value as long as those of a session.
  const key = `sess:${'k'.repeat(43)}`;
  const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' };
  await redis.set(key, JSON.stringify({ cookie, user }));
  return (_req, _res, next) => void redis.get(key).then(() => next(), next);
}
