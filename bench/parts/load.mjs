// Load on applications with many sessions: CPU of the application and of its Redis, for each request.
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { send } from '../lib/client.ts';
import { start as startProcess, startRedis } from '../lib/processes.ts';
import { median, spreadOf } from '../lib/statistics.ts';
import { cookiesOf, loadRedis } from './sessions.mjs';
import { redisCpu } from './support.mjs';

const SERVER = fileURLToPath(new URL('growth-server.mjs', import.meta.url));
const CONNECTIONS = 32;
/** Until code is compiled, a request costs several times as much. */
const WARM = 9_000;

/** Starts applications, and ends all that they took once `use` is done. */
export async function withApps(use) {
  const started = [];
  /** One whose store holds so many sessions, in memory or in a Redis of its own. */
  const start = async (count, inRedis) => {
    let redis;
    let url;
    if (inRedis) {
      const server = await startRedis();
      url = server.url;
      redis = new Redis(url);
      started.push(server, { stop: () => redis.disconnect() });
      await loadRedis(redis, 0, count);
    }
    const args = ['--max-old-space-size=8192', SERVER, `${count}`, ...(url ? [url] : [])];
    const app = await startProcess(process.execPath, args, /http:\S+/);
    started.push(app);
    return { address: app.match[0], redis };
  };
  try {
    return await use(start);
  } finally {
    await Promise.all(started.toReversed().map((one) => one.stop()));
  }
}

/** Cookies of so many visitors, evenly over all sessions. */
export const spread = (active, sessions) => cookiesOf(active, (i) => Math.floor((i * sessions) / active));

/** Sends requests. Each visitor keeps to a connection: they do not wait for each other's session. */
async function measure({ app, path = '/me', method = 'GET', cookies, connections = CONNECTIONS }, requests) {
  const { address, redis } = app;
  const usage = async () => {
    const { user, system } = await (await fetch(`${address}/usage`)).json();
    return { app: user + system, redis: redis ? await redisCpu(redis) : 0 };
  };
  const each = Math.ceil((cookies?.length ?? 0) / connections);
  const turns = Array.from({ length: connections }, () => 0);
  const cookieOf = (_n, connection) => cookies?.[(connection * each + (turns[connection]++ % each)) % cookies.length];
  const before = await usage();
  await send({ url: address, path, method, connections, requests, cookieOf, isExpected: () => true });
  const after = await usage();
  return { app: (after.app - before.app) / requests, redis: (after.redis - before.redis) / requests };
}

/**
 * Measures loads in turn.
 * @returns for each of them, the medians of its CPU microseconds per request, and their ratio to those of the first
 */
export async function inTurn(loads, { rounds, requests }) {
  const samples = loads.map(() => []);
  for (const load of loads) await measure(load, WARM);
  for (let round = 0; round < rounds; round++)
    for (const i of loads.keys()) {
      // Each has every place in the order.
      const at = (i + round) % loads.length;
      const sample = await measure(loads[at], requests);
      samples[at].push({ ...sample, total: sample.app + sample.redis });
    }
  return samples.map((all) => ({
    app: median(all.map(({ app }) => app)),
    redis: median(all.map(({ redis }) => redis)),
    ratio: spreadOf(all.map(({ total }, i) => total / samples[0][i].total)),
  }));
}
