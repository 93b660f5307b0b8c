// Whether a signed-in read costs more the more sessions there are: the same requests to applications whose stores hold
// a thousand, a hundred thousand and a million sessions, all up at once and measured in turn.
//
// As many visitors are active at every size, spread evenly over all sessions. More active visitors do cost more: an
// application remembers the signatures of 5,000 cookies, so beyond them each request pays an HMAC, and what they read
// is in no cache of the processor. That is a row of its own.
import { inTurn, spread, withApps } from './load.mjs';
import { runAlone } from './support.mjs';

const ACTIVE = 1_000;
const MANY = 20_000;

const inWords = (count) => count.toLocaleString('en');

const row = ({ app, redis, ratio }) => ({
  'CPU µs/request': app.toFixed(1),
  'of Redis, µs': redis.toFixed(1),
  ratio: ratio.median.toFixed(3),
});

const compare = (name, inRedis, plan) =>
  withApps(async (start) => {
    const loads = [];
    for (const size of plan.sizes)
      loads.push({
        label: `${name}, ${inWords(size)} sessions`,
        app: await start(size, inRedis),
        cookies: spread(ACTIVE, size),
      });
    const growth = await inTurn(loads, plan);
    const largest = loads.at(-1);
    const many = { app: largest.app, cookies: spread(MANY, plan.sizes.at(-1)) };
    const [, active] = await inTurn([largest, many], plan);
    const rows = Object.fromEntries(loads.map(({ label }, i) => [label, row(growth[i])]));
    rows[`${largest.label}, ${inWords(MANY)} active`] = row(active);
    return { rows, growth: growth.at(-1).ratio };
  });

/** @returns CPU per signed-in read at every size. Each has a Redis of its own: sessions of others would count. */
export async function run({ quick = false, full = false } = {}) {
  const plan = quick
    ? { sizes: [1_000, 10_000], rounds: 3, requests: 1_000 }
    : { sizes: [1_000, ...(full ? [100_000] : []), 1_000_000], rounds: 7, requests: 4_000 };
  const memory = await compare('memory', false, plan);
  const redis = await compare('Redis', true, plan);
  return {
    title: `CPU per signed-in read as sessions grow, ${inWords(ACTIVE)} active: median of ${plan.rounds} interleaved rounds`,
    rows: { ...memory.rows, ...redis.rows },
    figures: {
      'CPU with the most sessions / with 1,000, memory': memory.growth,
      'CPU with the most sessions / with 1,000, Redis': redis.growth,
    },
  };
}

await runAlone(import.meta.url, run);
