// What this package wants to reach. A target that is missed is shown as missed, and not lowered.
//
// `value` is computed in every round, from the slices of that round; the median of the rounds counts. Where `part` is
// given instead, it is computed from the `ratios` of bench/parts/<part>.mjs.

const ES_MEMORY = 'express-session, MemoryStore';
const ES_REDIS = 'express-session, connect-redis';
const ES_PIPELINED = 'express-session, connect-redis, auto-pipelining';
const MEMORY = 'nest-session, memory';
const REDIS = 'nest-session, Redis';
const NEAR = 'nest-session, Redis, nearCache';
const LAZY = 'nest-session, Redis, lazy';
const SEALED = 'nest-session, sealed';
const NONE = 'no session';

const taxRatio = (of, to) => (round) => round.tax(of) / round.tax(to);
const rateRatio = (of, to) => (round) => round.perSecond(of) / round.perSecond(to);
/** The largest of the ratios that have this in their names: a part measures more than its target is about. */
const worstOf = (text) => (ratios) =>
  Math.max(...Object.entries(ratios).flatMap(([name, ratio]) => (name.includes(text) ? [ratio] : [])));

const atMost = (threshold) => ({ direction: 'at most', threshold });
const atLeast = (threshold) => ({ direction: 'at least', threshold });

const READ = 'signed-in read';
const TWO = 'signed-in read, 2 connections';

export const TARGETS = [
  { name: `tax, ${REDIS} / ${ES_REDIS}`, scenario: READ, value: taxRatio(REDIS, ES_REDIS), ...atMost(0.15) },
  { name: `tax, ${REDIS} / ${ES_PIPELINED}`, scenario: READ, value: taxRatio(REDIS, ES_PIPELINED), ...atMost(0.35) },
  { name: `tax, ${MEMORY} / ${ES_MEMORY}`, scenario: READ, value: taxRatio(MEMORY, ES_MEMORY), ...atMost(0.3) },
  {
    name: `tax, Fastify: ${REDIS} / @fastify/session, connect-redis`,
    scenario: READ,
    value: taxRatio(`Fastify: ${REDIS}`, 'Fastify: @fastify/session, connect-redis'),
    ...atMost(0.35),
  },
  { name: `requests/s, ${MEMORY} / ${NONE}`, scenario: READ, value: rateRatio(MEMORY, NONE), ...atLeast(0.95) },
  { name: `requests/s, ${REDIS} / ${NONE}`, scenario: READ, value: rateRatio(REDIS, NONE), ...atLeast(0.95) },
  { name: `requests/s, ${REDIS} / ${ES_REDIS}`, scenario: READ, value: rateRatio(REDIS, ES_REDIS), ...atLeast(1.8) },
  {
    name: `Redis commands per request, ${REDIS}`,
    scenario: READ,
    value: (round) => hundredths(round.commands(REDIS)),
    ...atMost(1),
  },
  { name: `requests/s, ${REDIS} / ${ES_REDIS}`, scenario: TWO, value: rateRatio(REDIS, ES_REDIS), ...atLeast(1.3) },
  { name: `requests/s, ${NEAR} / ${NONE}`, scenario: TWO, value: rateRatio(NEAR, NONE), ...atLeast(0.85) },
  {
    name: `Redis commands per request, ${NEAR}`,
    scenario: TWO,
    value: (round) => hundredths(round.commands(NEAR)),
    ...atMost(0),
  },
  {
    name: `requests/s, ${SEALED} / iron-session`,
    scenario: 'signed-in read, seals not seen before',
    value: rateRatio(SEALED, 'iron-session'),
    ...atLeast(3),
  },
  {
    name: `requests/s, ${SEALED}, seal remembered / ${NONE}`,
    scenario: READ,
    value: rateRatio(SEALED, NONE),
    ...atLeast(0.8),
  },
  {
    name: `tax, ${REDIS} / ${ES_REDIS}`,
    scenario: 'anonymous read',
    value: taxRatio(REDIS, ES_REDIS),
    ...atMost(0.3),
  },
  {
    name: `tax in µs, ${LAZY}`,
    scenario: 'untouched route, with a session cookie',
    value: (round) => round.tax(LAZY),
    ...atMost(3),
  },
  {
    name: `requests/s, ${REDIS} / ${ES_REDIS}`,
    scenario: 'write of one key',
    value: rateRatio(REDIS, ES_REDIS),
    ...atLeast(1),
  },
  { name: 'cost with many sessions / with 1,000', part: 'growth', value: worstOf('/ 1,000 sessions'), ...atMost(1.1) },
  {
    name: 'bytes in memory / bytes of the records',
    part: 'memory',
    value: worstOf('/ serialized records'),
    ...atMost(2),
  },
];

// A heartbeat of a connection is no command of a request.
function hundredths(value) {
  return Math.round(value * 100) / 100;
}

/** The ratios that `--quick` watches. Higher is better in all of them. */
export const WATCHED = [
  ...watch(READ, REDIS, ES_REDIS),
  ...watch(READ, MEMORY, ES_MEMORY),
  ...watch(READ, SEALED, 'iron-session'),
  ...watch(READ, `Fastify: ${REDIS}`, 'Fastify: @fastify/session, connect-redis'),
  ...watch('write of one key', REDIS, ES_REDIS),
  ...watch('write of one key', MEMORY, ES_MEMORY),
  ...watch('write of one key', SEALED, 'iron-session'),
  ...watch('login', REDIS, ES_REDIS),
  ...watch('login', MEMORY, ES_MEMORY),
];

function watch(scenario, of, to) {
  return [
    { scenario, kinds: [of, to], name: `${scenario}: requests/s, ${of} / ${to}`, value: rateRatio(of, to) },
    {
      scenario,
      kinds: [of, to],
      name: `${scenario}: CPU per request, ${to} / ${of}`,
      value: (round) => round.cpu(to) / round.cpu(of),
    },
  ];
}
