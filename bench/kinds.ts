// Every set-up that is measured, by the name it has in the tables.
//
// `setUp` is the file in servers/kinds that makes it, with `options`. `waits` says what a signed-in read of it waits for
// before the handler runs, and how it asks; so it says with which baseline it is compared, which waits in the same way.

export type Platform = 'express' | 'fastify';

/** What a request waits for, and the baseline that does. */
const BASELINES = {
  nothing: 'no-op',
  'own turn': 'no-op, setImmediate',
  'shared turn': 'no-op, shared turn',
  GET: 'no-op, GET',
  'pipelined GET': 'no-op, pipelined GET',
  'corked GET': 'no-op, corked GET',
};
export type Waits = keyof typeof BASELINES;

export interface Kind {
  readonly platform: Platform;
  readonly setUp: string;
  /** `crowd`: a shared turn where requests come in crowds, and nothing where they do not. */
  readonly waits: Waits | 'crowd';
  readonly options: object;
}
type Kinds = Readonly<Record<string, Omit<Kind, 'platform'>>>;

const baseline = (waits: Waits): Omit<Kind, 'platform'> => ({ setUp: 'no-session', waits, options: { waits } });
const baselines: Kinds = {
  'no session': { setUp: 'no-session', waits: 'nothing', options: {} },
  ...Object.fromEntries(Object.keys(BASELINES).map((waits) => [BASELINES[waits as Waits], baseline(waits as Waits)])),
};

const expressKinds: Kinds = {
  // Its MemoryStore answers behind setImmediate.
  'express-session, MemoryStore': { setUp: 'express-session', waits: 'own turn', options: { store: 'memory' } },
  'express-session, connect-redis': { setUp: 'express-session', waits: 'GET', options: { store: 'redis' } },
  'express-session, connect-redis, auto-pipelining': {
    setUp: 'express-session',
    waits: 'pipelined GET',
    options: { store: 'redis', autoPipelining: true },
  },
  'nestjs-session, connect-redis': { setUp: 'nestjs-session', waits: 'GET', options: {} },
  // WebCrypto works in the thread pool.
  'iron-session': { setUp: 'iron-session', waits: 'own turn', options: {} },
};

const fastifyKinds: Kinds = {
  '@fastify/session, connect-redis': { setUp: 'fastify-session', waits: 'GET', options: {} },
  '@fastify/session, connect-redis, rolling: false': {
    setUp: 'fastify-session',
    waits: 'GET',
    options: { rolling: false },
  },
  '@fastify/secure-session': { setUp: 'secure-session', waits: 'nothing', options: {} },
};

/** How our Redis store sends what it reads. */
const OUR_GET: Waits = 'pipelined GET';
const ours = (waits: Kind['waits'], options: object): Omit<Kind, 'platform'> => ({
  setUp: 'nest-session',
  waits,
  options,
});
const ourKinds: Kinds = {
  'nest-session, memory': ours('crowd', { store: 'memory' }),
  'nest-session, SQLite': ours('crowd', { store: 'sqlite' }),
  'nest-session, Redis': ours(OUR_GET, { store: 'redis' }),
  'nest-session, Redis, lazy': ours(OUR_GET, { store: 'redis', lazy: true }),
  'nest-session, Redis, nearCache': ours('crowd', { store: 'redis', nearCache: true }),
  // The hybrid: the browser carries a sealed copy of the record.
  "nest-session, Redis, cache: '1m'": ours('crowd', { store: 'redis', cache: '1m' }),
  // Seals that were opened a moment ago are remembered, so the second request of a visitor decrypts nothing.
  'nest-session, sealed': ours('crowd', { store: 'sealed' }),
  'nest-session, sealed, redisRevocation': ours(OUR_GET, { store: 'sealed', revocation: 'redis' }),
};

const on = (platform: Platform, prefix: string, kinds: Kinds): [string, Kind][] =>
  Object.entries(kinds).map(([name, kind]) => [`${prefix}${name}`, { platform, ...kind }]);

export const KINDS: Readonly<Record<string, Kind>> = Object.fromEntries([
  ...on('express', '', { ...baselines, ...expressKinds, ...ourKinds }),
  ...on('fastify', 'Fastify: ', { ...baselines, ...fastifyKinds, ...ourKinds }),
]);

export function kindOf(name: string): Kind {
  const kind = KINDS[name];
  if (!kind) throw new Error(`There is no kind "${name}".`);
  return kind;
}

const onPlatformOf = (name: string, baseline: string): string =>
  kindOf(name).platform === 'fastify' ? `Fastify: ${baseline}` : baseline;

/** What decides about the baselines of a scenario, which may know better than the kind what is waited for. */
export interface Waiting {
  readonly connections: number;
  readonly waits?: (kind: string) => Kind['waits'] | undefined;
}

/** The name of the baseline that waits as this kind does. */
export function baselineOf(name: string, scenario: Waiting): string {
  const waits = scenario.waits?.(name) ?? kindOf(name).waits;
  const crowded = scenario.connections > 2 ? 'shared turn' : 'nothing';
  return onPlatformOf(name, BASELINES[waits === 'crowd' ? crowded : waits]);
}

export const noSessionOf = (name: string): string => onPlatformOf(name, 'no session');
