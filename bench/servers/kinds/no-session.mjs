// No session at all: the limit. With `waits`, a no-op in front of every request that lets it wait as sessions do.
import { Redis } from 'ioredis';
import { userOf } from '../../lib/visitor.ts';

export async function setUp({ waits, bytes, redisUrl }) {
  const user = userOf(0, bytes);
  const wait = waits === undefined ? undefined : await WAITS[waits]({ redisUrl, user });
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

const WAITS = {
  nothing: () => (_req, _res, next) => next(),
  'own turn': () => (_req, _res, next) => void setImmediate(() => next()),
  'shared turn': () => inOneTurn((waiting) => waiting.forEach((next) => next())),
  GET: async (options) => {
    const { redis, key } = await connect(options, {});
    return (_req, _res, next) => void redis.get(key).then(() => next(), next);
  },
  'pipelined GET': async (options) => {
    const { redis, key } = await connect(options, { enableAutoPipelining: true });
    return (_req, _res, next) => void redis.get(key).then(() => next(), next);
  },
  'corked GET': async (options) => {
    const { redis, key } = await connect(options, {});
    return inOneTurn((waiting) => {
      redis.stream.cork();
      for (const next of waiting) void redis.get(key).then(() => next(), next);
      redis.stream.uncork();
    });
  },
};

/** All requests that come in one turn of the event loop wait for its end together. */
function inOneTurn(goOn) {
  let waiting;
  return (_req, _res, next) => {
    if (waiting) return void waiting.push(next);
    waiting = [next];
    setImmediate(() => {
      const all = waiting;
      waiting = undefined;
      goOn(all);
    });
  };
}

/** A key and a value as long as those of a session. */
async function connect({ redisUrl, user }, options) {
  const redis = new Redis(redisUrl, options);
  const key = `sess:${'k'.repeat(43)}`;
  const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' };
  await redis.set(key, JSON.stringify({ cookie, user }));
  return { redis, key };
}
