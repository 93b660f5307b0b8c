// Load on applications with many sessions: CPU of the application and of its Redis, for each request.
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { Redis } from 'ioredis';
import { cookiesOf, loadRedis } from './sessions.mjs';
import { median, redisCpu, startProcess, startRedis, waitFor } from './support.mjs';

const SERVER = fileURLToPath(new URL('growth-server.mjs', import.meta.url));
const CONNECTIONS = 32;

/** Starts applications, and ends all that they took once `use` is done. */
export async function withApps(use) {
  const children = [];
  const clients = [];
  /** One whose store holds so many sessions, in memory or in a Redis of its own. */
  const start = async (count, inRedis) => {
    let redis;
    let url;
    if (inRedis) {
      const server = await startRedis();
      children.push(server.child);
      url = server.url;
      redis = new Redis(url);
      clients.push(redis);
      await loadRedis(redis, 0, count);
    }
    const args = ['--expose-gc', '--max-old-space-size=8192', SERVER, `${count}`, ...(url ? [url] : [])];
    const child = startProcess(process.execPath, args);
    children.push(child);
    const [address] = await waitFor(child, /http:\S+/);
    return { address, redis };
  };
  try {
    return await use(start);
  } finally {
    for (const client of clients) client.disconnect();
    for (const child of children) child.kill('SIGKILL');
  }
}

/** Cookies of so many visitors, evenly over all sessions. */
export const spread = (active, sessions) => cookiesOf(active, (i) => Math.floor((i * sessions) / active));

/** Sends requests for a while. Each connection is other visitors: they do not wait for each other's session. */
async function measure({ app, path = '/me', method = 'GET', cookies, connections = CONNECTIONS }, seconds) {
  const { address, redis } = app;
  const usage = async () => {
    const { user, system } = await (await fetch(`${address}/usage`)).json();
    return { app: user + system, redis: redis ? await redisCpu(redis) : 0 };
  };
  const before = await usage();
  const each = Math.ceil((cookies?.length ?? 0) / connections);
  let next = 0;
  const result = await autocannon({
    url: address + path,
    method,
    connections,
    duration: seconds,
    setupClient: (client) => {
      const own = cookies?.slice(next, next + each) ?? [];
      next += each;
      if (own.length > 0) client.setRequests(own.map((cookie) => ({ path, method, headers: { cookie } })));
    },
  });
  const after = await usage();
  const requests = result['2xx'];
  if (result.non2xx > 0 || result.errors > 0 || requests === 0)
    throw new Error(`${address}${path} answered with errors`);
  return { app: (after.app - before.app) / requests, redis: (after.redis - before.redis) / requests };
}

/**
 * Measures loads in turn.
 * @returns for each of them, the medians of its CPU microseconds per request and of their ratio to those of the first
 */
export async function inTurn(loads, { rounds, seconds }) {
  const samples = loads.map(() => []);
  // The first rounds warm up: until code is compiled, a request costs several times as much.
  for (let round = -2; round < rounds; round++)
    for (const i of loads.keys()) {
      // Each has every place in the order.
      const at = (i + round + 2) % loads.length;
      const sample = await measure(loads[at], round < 0 ? Math.max(seconds, 1.5) : seconds);
      if (round >= 0) samples[at].push({ ...sample, total: sample.app + sample.redis });
    }
  return samples.map((all) => ({
    app: median(all.map(({ app }) => app)),
    redis: median(all.map(({ redis }) => redis)),
    ratio: median(all.map(({ total }, i) => total / samples[0][i].total)),
  }));
}
