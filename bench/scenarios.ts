// What is asked of the servers, and of which.
import { baselineOf, KINDS, kindOf, noSessionOf, type Platform, type Waiting } from './kinds.ts';

export interface Scenario extends Waiting {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly connections: number;
  /** Of a slice. */
  readonly requests: number;
  /** Of the session's data. */
  readonly bytes: number;
  /**
   * Who sends the requests: no visitor (no cookie), one session on all connections, a session for each connection, one
   * for each request, or more visitors than a cache of seals remembers, in turn.
   */
  readonly visitors: 'none' | 'one' | 'each connection' | 'each request' | 'a crowd';
  /** The idle timeout, in seconds, where renewals are due. */
  readonly idleSeconds?: number;
  /** What the others are compared with, by platform. */
  readonly reference: Readonly<Record<Platform, string>>;
  /** Whether it is compared with baselines: what changes a session has none. */
  readonly taxed: boolean;
  /** Whether its requests per second are compared with those of no session at all. */
  readonly besideNone?: boolean;
  /** What a usual run measures, besides baselines. Where there is none, only `--full` runs it. */
  readonly kinds: readonly string[];
  /** What `--full` measures. */
  readonly allKinds: readonly string[];
}

const SESSIONS = Object.keys(KINDS).filter((name) => kindOf(name).setUp !== 'no-session');
const both = (...names: string[]): string[] =>
  [...names, ...names.map((name) => `Fastify: ${name}`)].filter((name) => name in KINDS);
const without = (...words: string[]): string[] => SESSIONS.filter((name) => !words.some((word) => name.includes(word)));

const REFERENCE = {
  express: 'express-session, connect-redis',
  fastify: 'Fastify: @fastify/session, connect-redis, rolling: false',
};
const SEALED_REFERENCE = { express: 'iron-session', fastify: 'Fastify: @fastify/secure-session' };

const MEMORY = both('nest-session, memory', 'express-session, MemoryStore');
const REDIS = [...both('nest-session, Redis'), ...Object.values(REFERENCE)];
const SEALED = [...both('nest-session, sealed'), ...Object.values(SEALED_REFERENCE)];
const CACHED = both('nest-session, Redis, nearCache', "nest-session, Redis, cache: '1m'");

/** Stores and peers that write, without variants that differ in reading only. */
const WRITERS = without('lazy', 'redisRevocation');
/** Sessions that requests share while they write: none that is in the cookie alone. */
const SHARED = WRITERS.filter((name) => !/iron|secure-session|sealed/.test(name));

const read = {
  method: 'GET',
  path: '/me',
  connections: 32,
  requests: 3_000,
  bytes: 300,
  visitors: 'each connection',
  reference: REFERENCE,
  taxed: true,
} as const;
const write = { ...read, method: 'POST', path: '/write', requests: 2_000, taxed: false } as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    ...read,
    name: 'signed-in read',
    besideNone: true,
    kinds: [...MEMORY, ...REDIS, ...SEALED, ...CACHED],
    allKinds: without('lazy'),
  },
  {
    ...read,
    name: 'signed-in read, 2 connections',
    connections: 2,
    requests: 2_000,
    besideNone: true,
    kinds: [...MEMORY, ...REDIS, ...both('nest-session, Redis, nearCache')],
    allKinds: without('lazy', 'redisRevocation'),
  },
  {
    ...read,
    name: 'signed-in read, 4 KB',
    bytes: 4096,
    kinds: [],
    // Larger than one cookie: iron-session and @fastify/secure-session refuse it, or browsers do.
    allKinds: without('lazy', 'iron-session', 'secure-session', 'redisRevocation'),
    // Too large for the copy in a cookie.
    waits: (name) => (name.includes('cache: ') ? kindOf('nest-session, Redis').waits : undefined),
  },
  {
    ...read,
    name: 'signed-in read, seals not seen before',
    visitors: 'a crowd',
    reference: SEALED_REFERENCE,
    kinds: SEALED,
    allKinds: SEALED,
  },
  {
    ...read,
    name: 'untouched route, with a session cookie',
    path: '/anonymous',
    kinds: [...both('nest-session, memory'), ...REDIS],
    allKinds: [...both('nest-session, memory', 'nest-session, Redis, lazy'), ...REDIS, 'iron-session'],
    // It is asked for in the handler.
    waits: (name) => (/lazy|iron/.test(name) ? 'nothing' : undefined),
  },
  {
    ...read,
    name: 'guarded route, with a session cookie',
    path: '/guarded',
    kinds: both('nest-session, memory'),
    allKinds: both('nest-session, memory', 'nest-session, Redis'),
  },
  {
    ...read,
    name: 'anonymous read',
    path: '/anonymous',
    visitors: 'none',
    kinds: [],
    allKinds: without('lazy', 'auto-pipelining', 'redisRevocation'),
    // No store is asked.
    waits: () => 'nothing',
  },
  {
    ...read,
    name: 'signed-in read, renewal due',
    visitors: 'each request',
    requests: 1_000,
    idleSeconds: 20,
    kinds: REDIS,
    allKinds: WRITERS,
    waits: (name) => (name.includes('nearCache') ? kindOf('nest-session, Redis').waits : undefined),
  },
  { ...write, name: 'write of one key', kinds: [...MEMORY, ...REDIS], allKinds: WRITERS },
  { ...write, name: 'login', path: '/login', visitors: 'none', requests: 1_000, kinds: REDIS, allKinds: WRITERS },
  {
    ...write,
    name: 'logout',
    path: '/logout',
    visitors: 'each request',
    requests: 1_000,
    kinds: REDIS,
    allKinds: WRITERS,
  },
  { ...read, name: '32 reads of one session at once', visitors: 'one', kinds: [], allKinds: SHARED },
  { ...write, name: '32 writes of one session at once', visitors: 'one', kinds: [], allKinds: SHARED },
];

/** These kinds, and the baselines that they are compared with. */
export function withBaselines(scenario: Scenario, kinds: readonly string[]): string[] {
  if (!scenario.taxed) return [...kinds];
  const baselines = kinds.flatMap((kind) => [
    ...(scenario.besideNone ? [noSessionOf(kind)] : []),
    baselineOf(kind, scenario),
  ]);
  return [...new Set([...baselines, ...kinds])];
}

/** What `--quick` measures: enough to notice that something became slower than its peer. */
const QUICK: Readonly<Record<string, readonly string[]>> = {
  'signed-in read': [...MEMORY, ...REDIS, 'nest-session, sealed', 'iron-session'],
  'write of one key': MEMORY.concat(REDIS).filter((name) => kindOf(name).platform === 'express'),
  login: REDIS.filter((name) => kindOf(name).platform === 'express'),
};
export const QUICK_SCENARIOS: readonly Scenario[] = SCENARIOS.flatMap((scenario) => {
  const kinds = QUICK[scenario.name];
  return kinds ? [{ ...scenario, taxed: false, kinds, requests: Math.min(scenario.requests, 1_500) }] : [];
});
