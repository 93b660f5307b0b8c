// What is asked of the servers, and of which.
//
// `visitors` says who sends the requests: 'nobody' (no cookie), 'one' (a single session on all connections), 'each
// connection' (a session for each), 'each request' (a session that is used once), or 'a crowd' (more visitors than a
// cache of seals remembers, in turn).
import { KINDS } from './kinds.mjs';

const NAMES = Object.keys(KINDS);
const both = (...names) => [...names, ...names.map((name) => `Fastify: ${name}`)].filter((name) => name in KINDS);
const without = (...words) => NAMES.filter((name) => !words.some((word) => name.includes(word)));

const REFERENCE = {
  express: 'express-session, connect-redis',
  fastify: 'Fastify: @fastify/session, connect-redis',
};
const SEALED_REFERENCE = { express: 'iron-session', fastify: 'Fastify: @fastify/secure-session' };

const read = {
  method: 'GET',
  path: '/me',
  connections: 32,
  bytes: 300,
  visitors: 'each connection',
  reference: REFERENCE,
};
const write = { ...read, method: 'POST', path: '/write' };
const BASELINES = both('no session', 'no-op', 'no-op, setImmediate', 'no-op, Redis GET');

/** Stores and the rest that write, without variants that differ in reading only. */
const WRITERS = without('no-op', 'no session', 'lazy', 'redisRevocation');
/** Sessions that requests share while they write: a cookie that everybody keeps for himself is none. */
const SHARED = WRITERS.filter((name) => !/iron|secure-session|sealed/.test(name));

/** Kinds that do not come to ask the store: nobody sent them a cookie, or nobody asks for the session. */
const allSync = () => 'sync';

export const SCENARIOS = [
  { ...read, name: 'signed-in read', kinds: without('lazy') },
  { ...read, name: 'signed-in read, 2 connections', connections: 2, kinds: without('lazy', 'redisRevocation') },
  {
    ...read,
    name: 'signed-in read, 4 KB',
    bytes: 4096,
    // Larger than one cookie: iron-session and @fastify/secure-session refuse it, or browsers do.
    kinds: without('lazy', 'iron-session', 'secure-session', 'redisRevocation'),
    // In several cookies, which are not remembered, and too large for the copy in a cookie.
    turn: (name) => (name.includes('sealed') ? 'immediate' : name.includes('cache: ') ? 'redis' : undefined),
  },
  {
    ...read,
    name: 'signed-in read, seals not seen before',
    visitors: 'a crowd',
    kinds: [
      ...both('no session', 'no-op', 'no-op, setImmediate'),
      'iron-session',
      'Fastify: @fastify/secure-session',
      ...both('nest-session, sealed'),
    ],
    reference: SEALED_REFERENCE,
    turn: (name) => (name.includes('nest-session, sealed') ? 'immediate' : undefined),
  },
  {
    ...read,
    name: 'anonymous read',
    path: '/anonymous',
    visitors: 'nobody',
    kinds: without('no-op, ', 'lazy', 'auto-pipelining', 'redisRevocation'),
    turn: allSync,
  },
  {
    ...read,
    name: 'untouched route, with a session cookie',
    path: '/anonymous',
    kinds: [
      ...BASELINES,
      ...Object.values(REFERENCE),
      'iron-session',
      ...both('nest-session, Redis', 'nest-session, Redis, lazy'),
    ],
    turn: (name) => (/lazy|iron/.test(name) ? 'sync' : undefined),
  },
  {
    ...read,
    name: 'signed-in read, renewal due',
    visitors: 'each request',
    idleSeconds: 20,
    kinds: [...BASELINES, ...WRITERS],
    // Sealing anew is work of the thread pool.
    turn: (name) => (/sealed|cache: /.test(name) ? 'immediate' : name.includes('nearCache') ? 'redis' : undefined),
  },
  { ...write, name: 'write of one key', kinds: WRITERS },
  { ...write, name: 'login', path: '/login', visitors: 'nobody', kinds: WRITERS },
  { ...write, name: 'logout', path: '/logout', visitors: 'each request', kinds: WRITERS },
  { ...read, name: '32 reads of one session at once', visitors: 'one', kinds: [...BASELINES, ...SHARED] },
  { ...write, name: '32 writes of one session at once', visitors: 'one', kinds: SHARED },
];

/** Enough to notice a change for the worse: each kind of `--quick` beside its peer. */
const QUICK_KINDS = [
  'express-session, MemoryStore',
  'express-session, connect-redis',
  'iron-session',
  'nest-session, memory',
  'nest-session, Redis',
  'nest-session, sealed',
  'Fastify: @fastify/session, connect-redis',
  'Fastify: nest-session, Redis',
];
const QUICK_NAMES = ['signed-in read', 'write of one key', 'login'];

export const QUICK_SCENARIOS = SCENARIOS.filter(({ name }) => QUICK_NAMES.includes(name)).map((scenario) => ({
  ...scenario,
  kinds: QUICK_KINDS,
}));
