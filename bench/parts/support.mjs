// What the parts of the bench share: a redis-server of their own, children, medians, and how a part runs alone.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
};

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Starts a process that does not outlive this one. */
export function startProcess(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** A redis-server that keeps nothing on disk. `stop()` ends it. */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = startProcess('redis-server', args);
  await waitFor(child, /Ready to accept/);
  return { url: `redis://127.0.0.1:${port}`, child, stop: () => child.kill('SIGKILL') };
}

/** Waits until a child has printed this, and lets the rest of its output go. @returns the match */
export async function waitFor(child, ready) {
  let text = '';
  // Not to be ended with the loop: that would destroy the stream.
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const match = ready.exec(text);
    if (match) {
      child.stdout.resume();
      return match;
    }
  }
  throw new Error(`A process ended before it was ready: ${text}`);
}

/** Runs with this Redis, or with one of its own that it ends again. */
export async function withRedis(redisUrl, use) {
  if (redisUrl) return use(redisUrl);
  const server = await startRedis();
  try {
    return await use(server.url);
  } finally {
    server.stop();
  }
}

/** Runs a script in a fresh process. @returns what it printed last, as JSON */
export async function runChild(script, args, { flags = ['--expose-gc'], timeout = 300_000 } = {}) {
  const { stdout } = await execute(process.execPath, [...flags, script, ...args.map(String)], {
    timeout,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Fields of Redis' INFO, as numbers where they are. */
export async function info(redis, section) {
  const text = await redis.info(section);
  const pairs = text.split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
  });
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, value !== '' && !isNaN(value) ? Number(value) : value]),
  );
}

/** The CPU time that Redis has used so far, user and system, in microseconds. */
export async function redisCpu(redis) {
  const { used_cpu_sys_main_thread: system, used_cpu_user_main_thread: user } = await info(redis, 'cpu');
  return (system + user) * 1e6;
}

/** Prints what a part found. */
export function show({ title, rows, ratios }) {
  console.log(`\n${title}`);
  console.table(rows);
  console.log(ratios);
}

/** Whether this is the script that node was started with, and no part of another one. */
export const isMain = (url) => url === pathToFileURL(process.argv[1] ?? '').href;

/** Runs a part that was started alone: `node --expose-gc bench/parts/<name>.mjs [--quick] [--json]`. */
export async function runAlone(url, run) {
  if (!isMain(url)) return;
  const result = await run({ quick: process.argv.includes('--quick') });
  if (process.argv.includes('--json')) console.log(JSON.stringify(result, undefined, 2));
  else show(result);
}
