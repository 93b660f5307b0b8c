// Starts a Redis and the servers, each as a process of its own, and ends what it started.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { KINDS } from '../kinds.mjs';

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Starts a process and waits until it prints what is looked for. */
function start(command, args, wanted) {
  // What a shell sets for itself must not decide what is measured.
  const { NODE_ENV: _, ...env } = process.env;
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text = (text + chunk).slice(-4000);
      const match = wanted.exec(text);
      if (match) resolve({ child, match });
    });
    child.once('error', () => reject(new Error(`${command} cannot be started. Is it installed? npm run setup`)));
    child.once('exit', () => reject(new Error(`${command} ${args.join(' ')} ended before it was ready: ${text}`)));
  });
}

function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Redis of the bench's own, without persistence. */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const started = await start('redis-server', args, /Ready to accept/);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url);
  return {
    url,
    flush: () => client.flushall(),
    /** How many commands it has carried out, those within scripts included. */
    commands: async () => Number(/^total_commands_processed:(\d+)/m.exec(await client.info('stats'))[1]),
    async stop() {
      client.disconnect();
      await stop(started);
    },
  };
}

/**
 * The server of a kind.
 * @returns its URL, or why this build cannot be measured with it as `leftOut`
 */
export async function startServer(name, scenario, redisUrl) {
  const { platform, setUp, options } = KINDS[name];
  const { bytes, idleSeconds } = scenario;
  const directory = await mkdtemp(join(tmpdir(), 'nest-session-bench-'));
  const all = { ...options, bytes, redisUrl, directory, ...(idleSeconds !== undefined && { idleSeconds }) };
  const main = fileURLToPath(new URL('../servers/main.mjs', import.meta.url));
  const argument = JSON.stringify({ platform, setUp, options: all });
  const wanted = /(?:listening on (?<url>\S+)|left out: (?<leftOut>.+))\n/;
  const started = await start(process.execPath, ['--expose-gc', main, argument], wanted);
  return {
    ...started.match.groups,
    async stop() {
      await stop(started);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
