// Compares sessions in one interleaved run: `npm run bench`. Figures are ratios; this machine decides the rest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

const ROUNDS = Number(process.env.ROUNDS ?? 6);
const SECONDS = Number(process.env.SECONDS ?? 2);
const CONNECTIONS = 32;
const STORES = ['none', 'redis-get', 'express-session', 'nest-session', 'nest-session, cache'];
const SEALED = ['none', 'iron-session', 'sealed', 'sealed, redisRevocation', 'sealed, interop'];
const KINDS = [...new Set([...STORES, ...SEALED])];
const LOADS = [
  { name: 'signed-in read, a store', path: '/me', kinds: STORES, against: 'express-session' },
  { name: 'signed-in read, a sealed cookie', path: '/me', kinds: SEALED, against: 'iron-session' },
  {
    name: 'anonymous read',
    path: '/anonymous',
    kinds: ['express-session', 'nest-session', 'sealed'],
    against: 'express-session',
    anonymous: true,
  },
  {
    name: 'signed-in write, a store',
    path: '/write',
    method: 'POST',
    kinds: ['express-session', 'nest-session'],
    against: 'express-session',
  },
  // The clients send the cookie of their login again and again, so every write begins from the same session.
  {
    name: 'signed-in write, a sealed cookie',
    path: '/write',
    method: 'POST',
    kinds: ['iron-session', 'sealed', 'sealed, interop'],
    against: 'iron-session',
  },
].filter(({ name }) => name.includes(process.env.LOAD ?? ''));

const children = [];
const start = async (command, args, ready) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const match = ready.exec(text);
    if (match) {
      child.stdout.resume();
      return match[0];
    }
  }
  throw new Error(`${command} ended before it was ready: ${text}`);
};
const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
};
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const usage = async (url) => (await fetch(`${url}/usage`)).json();
const round = (value) => value.toFixed(2);

try {
  const port = await freePort();
  await start(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    /Ready to accept/,
  );
  const server = fileURLToPath(new URL('server.mjs', import.meta.url));
  const targets = {};
  for (const kind of KINDS) {
    const url = await start(process.execPath, ['--expose-gc', server, kind, `redis://127.0.0.1:${port}`], /http:\S+/);
    const cookies = [];
    // Each connection is a visitor of its own: they do not wait for each other's session.
    const visitors = kind === 'redis-get' || kind === 'none' ? 0 : CONNECTIONS;
    for (let i = 0; i < visitors; i++) {
      const login = await fetch(`${url}/login`, { method: 'POST' });
      const lines = login.headers.getSetCookie();
      cookies.push(lines.map((line) => line.split(';')[0]).join('; '));
    }
    targets[kind] = { url, cookies };
  }
  const measure = async ({ url, cookies }, load) => {
    const before = await usage(url);
    let visitor = 0;
    const result = await autocannon({
      url: url + load.path,
      method: load.method ?? 'GET',
      connections: CONNECTIONS,
      duration: SECONDS,
      setupClient: (client) => {
        const cookie = load.anonymous ? undefined : cookies[visitor++ % CONNECTIONS];
        if (cookie) client.setHeaders({ cookie });
      },
    });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}${load.path} answered with errors`);
    const after = await usage(url);
    const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    const requests = result['2xx'];
    return { perSecond: requests / result.duration, cpu: cpu / requests, p99: result.latency.p99 };
  };

  for (const load of LOADS) {
    const samples = Object.fromEntries(load.kinds.map((kind) => [kind, []]));
    for (let i = -1; i < ROUNDS; i++) {
      const order = load.kinds.toSorted(() => Math.random() - 0.5);
      for (const kind of order) {
        const sample = await measure(targets[kind], load);
        // The first round warms up.
        if (i >= 0) samples[kind].push(sample);
      }
    }
    console.log(`\n${load.name}: median of ${ROUNDS} rounds, each against ${load.against} of the same round`);
    console.table(
      Object.fromEntries(
        load.kinds.map((kind) => {
          const against = (figure) =>
            samples[kind].map((sample, i) => sample[figure] / samples[load.against][i][figure]);
          const show = (ratios) =>
            `${round(median(ratios))} (${round(Math.min(...ratios))} to ${round(Math.max(...ratios))})`;
          return [
            kind,
            {
              'requests/s': Math.round(median(samples[kind].map(({ perSecond }) => perSecond))),
              'requests/s, ratio': show(against('perSecond')),
              'CPU µs/request': round(median(samples[kind].map(({ cpu }) => cpu))),
              'CPU, ratio': show(against('cpu')),
              'p99 ms': median(samples[kind].map(({ p99 }) => p99)),
            },
          ];
        }),
      ),
    );
  }
} finally {
  for (const child of children) child.kill('SIGKILL');
}
