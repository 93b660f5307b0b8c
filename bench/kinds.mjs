// Every set-up that is measured, by the name it has in the tables.
//
// `setUp` is the file in servers/kinds that makes it, with `options`. `turn` says what a signed-in read of it waits for
// before the handler runs, and so which no-session baseline it is compared with: 'sync' for nothing but promises that
// are settled already, 'immediate' for one turn of the event loop, 'redis' for one answer of Redis, 'crowd' for a turn of
// the event loop where requests come in crowds, and for nothing where they do not.

const expressKinds = {
  'no session': { setUp: 'no-session', turn: 'sync', options: {} },
  'no-op': { setUp: 'no-session', turn: 'sync', options: { waits: 'not' } },
  'no-op, setImmediate': { setUp: 'no-session', turn: 'immediate', options: { waits: 'immediate' } },
  'no-op, Redis GET': { setUp: 'no-session', turn: 'redis', options: { waits: 'redis' } },
  // Its MemoryStore answers behind setImmediate.
  'express-session, MemoryStore': { setUp: 'express-session', turn: 'immediate', options: { store: 'memory' } },
  'express-session, connect-redis': { setUp: 'express-session', turn: 'redis', options: { store: 'redis' } },
  'express-session, connect-redis, auto-pipelining': {
    setUp: 'express-session',
    turn: 'redis',
    options: { store: 'redis', autoPipelining: true },
  },
  'nestjs-session, connect-redis': { setUp: 'nestjs-session', turn: 'redis', options: {} },
  // WebCrypto works in the thread pool.
  'iron-session': { setUp: 'iron-session', turn: 'immediate', options: {} },
};

const fastifyKinds = {
  'no session': { setUp: 'no-session', turn: 'sync', options: {} },
  'no-op': { setUp: 'no-session', turn: 'sync', options: { waits: 'not' } },
  'no-op, setImmediate': { setUp: 'no-session', turn: 'immediate', options: { waits: 'immediate' } },
  'no-op, Redis GET': { setUp: 'no-session', turn: 'redis', options: { waits: 'redis' } },
  '@fastify/session, connect-redis': { setUp: 'fastify-session', turn: 'redis', options: {} },
  '@fastify/session, connect-redis, rolling: false': {
    setUp: 'fastify-session',
    turn: 'redis',
    options: { rolling: false },
  },
  '@fastify/secure-session': { setUp: 'secure-session', turn: 'sync', options: {} },
};

const ourKinds = {
  // What answers from memory takes a shared turn under load.
  'nest-session, memory': { setUp: 'nest-session', turn: 'crowd', options: { store: 'memory' } },
  'nest-session, SQLite': { setUp: 'nest-session', turn: 'crowd', options: { store: 'sqlite' } },
  'nest-session, Redis': { setUp: 'nest-session', turn: 'redis', options: { store: 'redis' } },
  'nest-session, Redis, lazy': { setUp: 'nest-session', turn: 'redis', options: { store: 'redis', lazy: true } },
  'nest-session, Redis, nearCache': {
    setUp: 'nest-session',
    turn: 'crowd',
    options: { store: 'redis', nearCache: true },
  },
  // The hybrid: the browser carries a sealed copy of the record.
  "nest-session, Redis, cache: '1m'": {
    setUp: 'nest-session',
    turn: 'crowd',
    options: { store: 'redis', cache: '1m' },
  },
  // Seals that were opened a moment ago are remembered, so the second request of a visitor decrypts nothing.
  'nest-session, sealed': { setUp: 'nest-session', turn: 'crowd', options: { store: 'sealed' } },
  'nest-session, sealed, redisRevocation': {
    setUp: 'nest-session',
    turn: 'redis',
    options: { store: 'sealed', revocation: 'redis' },
  },
};

const on = (platform, prefix, kinds) =>
  Object.entries(kinds).map(([name, kind]) => [`${prefix}${name}`, { platform, ...kind }]);

/** @type {Record<string, { platform: 'express' | 'fastify', setUp: string, turn: string, options: object }>} */
export const KINDS = Object.fromEntries([
  ...on('express', '', { ...expressKinds, ...ourKinds }),
  ...on('fastify', 'Fastify: ', { ...fastifyKinds, ...ourKinds }),
]);

const BASELINES = { sync: 'no-op', immediate: 'no-op, setImmediate', redis: 'no-op, Redis GET' };

/** The name of the no-session baseline that waits as this kind does. A scenario may know better than the kind. */
export function baselineOf(name, scenario) {
  const { platform, turn } = KINDS[name];
  const waits = scenario.turn?.(name) ?? turn;
  const crowded = scenario.connections > 2 ? 'immediate' : 'sync';
  const baseline = BASELINES[waits === 'crowd' ? crowded : waits];
  return platform === 'fastify' ? `Fastify: ${baseline}` : baseline;
}

export const noSessionOf = (name) => (KINDS[name].platform === 'fastify' ? 'Fastify: no session' : 'no session');
