// Whether a signed-in read costs more the more sessions there are: the same requests to applications whose stores hold
// a thousand, a hundred thousand and a million sessions, all up at once and measured in turn.
//
// As many visitors are active at every size, spread evenly over all sessions. More active visitors do cost more: an
// application remembers the signatures of 5,000 cookies, so beyond them each request pays an HMAC. That is a row of its own.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { Redis } from 'ioredis';
import { cookiesOf, loadRedis } from './sessions.mjs';
import { median, redisCpu, runAlone, startRedis, waitFor } from './support.mjs';

const SERVER = fileURLToPath(new URL('growth-server.mjs', import.meta.url));
const CONNECTIONS = 32;
const ACTIVE = 1_000;
const MANY = 100_000;

/** Starts an application with so many sessions. `children` remembers what is to be ended. */
async function startApp(count, inRedis, children) {
  let redis;
  let url;
  if (inRedis) {
    const server = await startRedis();
    children.push(server.child);
    url = server.url;
    redis = new Redis(url);
    await loadRedis(redis, 0, count);
  }
  const args = ['--expose-gc', '--max-old-space-size=8192', SERVER, `${count}`, ...(url ? [url] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [address] = await waitFor(child, /http:\S+/);
  return { count, address, redis };
}

/** CPU microseconds per request, of the application and of Redis. */
async function measure({ address, redis }, cookies, seconds) {
  const usage = async () => {
    const { user, system } = await (await fetch(`${address}/usage`)).json();
    return { app: user + system, redis: redis ? await redisCpu(redis) : 0 };
  };
  const before = await usage();
  const each = Math.ceil(cookies.length / CONNECTIONS);
  let next = 0;
  const result = await autocannon({
    url: `${address}/me`,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient: (client) => {
      const own = cookies.slice(next, next + each);
      next += each;
      if (own.length > 0) client.setRequests(own.map((cookie) => ({ path: '/me', headers: { cookie } })));
    },
  });
  const after = await usage();
  const requests = result['2xx'];
  if (result.non2xx > 0 || result.errors > 0 || requests === 0) throw new Error(`${address} answered with errors`);
  return { app: (after.app - before.app) / requests, redis: (after.redis - before.redis) / requests };
}

const total = ({ app, redis }) => app + redis;

/** Measures loads in turn. @returns their rows, and the CPU of the last against that of the first */
async function inTurn(loads, { rounds, seconds }) {
  const samples = loads.map(() => []);
  // The first rounds warm up.
  for (let round = -2; round < rounds; round++)
    for (const i of loads.keys()) {
      // Each has every place in the order once.
      const at = (i + round + 2) % loads.length;
      const sample = await measure(loads[at].app, loads[at].cookies, seconds);
      if (round >= 0) samples[at].push(sample);
    }
  const against = (at) => median(samples[at].map((sample, i) => total(sample) / total(samples[0][i])));
  const rows = loads.map(({ label }, at) => [
    label,
    {
      'CPU µs/request': median(samples[at].map(({ app }) => app)).toFixed(1),
      'of Redis, µs': median(samples[at].map(({ redis }) => redis)).toFixed(1),
      ratio: against(at).toFixed(3),
    },
  ]);
  return { rows: Object.fromEntries(rows), ratio: against(loads.length - 1) };
}

async function compare(name, inRedis, plan) {
  const children = [];
  const clients = [];
  try {
    const loads = [];
    for (const size of plan.sizes) {
      const app = await startApp(size, inRedis, children);
      if (app.redis) clients.push(app.redis);
      loads.push({ label: `${name}, ${inWords(size)} sessions`, app, cookies: spread(ACTIVE, size) });
    }
    const growth = await inTurn(loads, plan);
    const largest = loads.at(-1);
    const many = {
      app: largest.app,
      label: `${largest.label}, ${inWords(MANY)} active`,
      cookies: spread(MANY, plan.sizes.at(-1)),
    };
    const active = await inTurn([largest, many], plan);
    return {
      rows: { ...growth.rows, [many.label]: active.rows[many.label] },
      growth: growth.ratio,
      active: active.ratio,
    };
  } finally {
    for (const client of clients) client.disconnect();
    for (const child of children) child.kill('SIGKILL');
  }
}

const inWords = (count) => count.toLocaleString('en');

/** Cookies of so many visitors, evenly over all sessions. */
const spread = (active, sessions) => cookiesOf(active, (i) => Math.floor((i * sessions) / active));

/** @returns CPU per signed-in read at every size. Each store has its own Redis: sessions of others would count. */
export async function run({ quick = false } = {}) {
  const plan = quick
    ? { sizes: [1_000, 100_000], rounds: 5, seconds: 1 }
    : { sizes: [1_000, 100_000, 1_000_000], rounds: 9, seconds: 1.5 };
  const memory = await compare('memory', false, plan);
  const redis = await compare('Redis', true, plan);
  const sizes = `${inWords(plan.sizes.at(-1))} / ${inWords(plan.sizes[0])} sessions`;
  const active = `${inWords(MANY)} / ${inWords(ACTIVE)} active`;
  return {
    title: `CPU per signed-in read as sessions grow, ${inWords(ACTIVE)} active: median of ${plan.rounds} interleaved rounds`,
    rows: { ...memory.rows, ...redis.rows },
    ratios: {
      [`memory, ${sizes}`]: memory.growth,
      [`Redis, ${sizes}`]: redis.growth,
      [`memory, ${active}`]: memory.active,
      [`Redis, ${active}`]: redis.active,
    },
  };
}

await runAlone(import.meta.url, run);
