// What this package wants to reach. A target that is missed is shown as missed, and not lowered.
//
// `value` is computed in every epoch, and the median of the epochs counts. Where `part` is given instead, the figure is
// the one of that name of bench/parts/<part>.mjs.
import type { Target } from './lib/judge.ts';
import type { Epoch } from './lib/results.ts';

const ES_MEMORY = 'express-session, MemoryStore';
const ES = 'express-session, connect-redis';
const FS = 'Fastify: @fastify/session, connect-redis, rolling: false';
const SECURE = 'Fastify: @fastify/secure-session';
const MEMORY = 'nest-session, memory';
const REDIS = 'nest-session, Redis';
const NEAR = 'nest-session, Redis, nearCache';
const CACHE = "nest-session, Redis, cache: '1m'";
const SEALED = 'nest-session, sealed';
const fastify = (kind: string): string => `Fastify: ${kind}`;

const READ = 'signed-in read';
const TWO = 'signed-in read, 2 connections';
const UNSEEN = 'signed-in read, seals not seen before';
const UNTOUCHED = 'untouched route, with a session cookie';
const GUARDED = 'guarded route, with a session cookie';
const RENEWAL = 'signed-in read, renewal due';
const WRITE = 'write of one key';

type Value = (epoch: Epoch) => number;
export interface ScenarioTarget extends Target {
  readonly name: string;
  readonly scenario: string;
  readonly value: Value;
}
export interface PartTarget extends Target {
  readonly name: string;
  readonly part: string;
  readonly figure: string;
}

/** Two that are to cost the same: closer than this, the bench does not tell them apart. */
const SAME = 1.05;

const tax = (scenario: string, kind: string, threshold: number): ScenarioTarget => ({
  name: `tax µs, ${kind}`,
  scenario,
  value: (epoch) => epoch.tax(kind),
  direction: 'at most',
  threshold,
  unit: 'tax',
});
const cpu = (scenario: string, of: string, to: string, threshold = 1): ScenarioTarget => ({
  name: `CPU, ${of} / ${to}`,
  scenario,
  value: (epoch) => epoch.cpu(of) / epoch.cpu(to),
  direction: 'at most',
  threshold,
  unit: 'share',
});
const part = (name: string, figure: string, threshold: number): PartTarget => ({
  name: figure,
  part: name,
  figure,
  direction: 'at most',
  threshold,
  unit: 'share',
});

export const TARGETS: readonly (ScenarioTarget | PartTarget)[] = [
  tax(READ, REDIS, 8),
  tax(READ, fastify(REDIS), 9),
  tax(READ, MEMORY, 7),
  tax(READ, fastify(MEMORY), 8),
  tax(TWO, REDIS, 5),
  tax(TWO, fastify(REDIS), 5),
  ...[READ, TWO].flatMap((scenario) => [
    cpu(scenario, NEAR, MEMORY, SAME),
    cpu(scenario, fastify(NEAR), fastify(MEMORY), SAME),
  ]),
  cpu(READ, CACHE, SEALED, SAME),
  cpu(READ, fastify(CACHE), fastify(SEALED), SAME),
  ...[MEMORY, REDIS].flatMap((kind) => [tax(UNTOUCHED, kind, 3), tax(UNTOUCHED, fastify(kind), 4)]),
  tax(GUARDED, MEMORY, 3),
  tax(GUARDED, fastify(MEMORY), 4),
  tax(UNSEEN, fastify(SEALED), 18),
  tax(READ, fastify(SEALED), 10),
  // Ahead of every peer.
  ...[READ, TWO].flatMap((scenario) => [
    cpu(scenario, MEMORY, ES_MEMORY),
    cpu(scenario, REDIS, ES),
    cpu(scenario, fastify(REDIS), FS),
  ]),
  cpu(READ, SEALED, 'iron-session'),
  cpu(READ, fastify(SEALED), SECURE),
  cpu(UNSEEN, SEALED, 'iron-session'),
  cpu(UNTOUCHED, REDIS, ES),
  cpu(UNTOUCHED, fastify(REDIS), FS),
  cpu(WRITE, MEMORY, ES_MEMORY),
  ...[WRITE, RENEWAL].flatMap((scenario) => [cpu(scenario, REDIS, ES), cpu(scenario, fastify(REDIS), FS)]),
  {
    name: `requests/s, ${REDIS} / ${ES}`,
    scenario: WRITE,
    value: (epoch) => epoch.perSecond(REDIS) / epoch.perSecond(ES),
    direction: 'at least',
    threshold: 1,
    unit: 'share',
  },
  ...['login', 'logout'].flatMap((scenario) => [cpu(scenario, REDIS, ES, 1.5), cpu(scenario, fastify(REDIS), FS, 1.5)]),
  part('startup', 'cold start, CPU ms over bare Nest, memory', 25),
  part('startup', 'cold start, CPU ms over bare Nest, Redis', 70),
  part('memory', 'bytes per session, Redis', 1_000),
  part('memory', 'bytes per session, memory store', 1_000),
  part('growth', 'CPU with the most sessions / with 1,000, memory', 1.1),
  part('growth', 'CPU with the most sessions / with 1,000, Redis', 1.1),
];

/** The ratios that `--quick` watches: the peer's CPU over ours, so higher is better. */
export const WATCHED: readonly { name: string; scenario: string; kinds: readonly string[]; value: Value }[] = [
  watch(READ, REDIS, ES),
  watch(READ, MEMORY, ES_MEMORY),
  watch(READ, SEALED, 'iron-session'),
  watch(READ, fastify(REDIS), FS),
  watch(WRITE, REDIS, ES),
  watch(WRITE, MEMORY, ES_MEMORY),
  watch('login', REDIS, ES),
];

function watch(scenario: string, of: string, to: string) {
  return {
    name: `${scenario}: CPU, ${to} / ${of}`,
    scenario,
    kinds: [of, to],
    value: (epoch: Epoch) => epoch.cpu(to) / epoch.cpu(of),
  };
}
