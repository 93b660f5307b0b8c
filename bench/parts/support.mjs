// What the parts of the bench share: children, figures of Redis, and how a part runs alone.
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startRedis } from '../lib/processes.ts';

const execute = promisify(execFile);

/** Runs with this Redis, or with one of its own that it ends again. */
export async function withRedis(redisUrl, use) {
  if (redisUrl) return use(redisUrl);
  const server = await startRedis();
  try {
    return await use(server.url);
  } finally {
    await server.stop();
  }
}

/** Runs a script in a fresh process. @returns what it printed last, as JSON */
export async function runChild(script, args, { flags = [], timeout = 300_000 } = {}) {
  const { stdout } = await execute(process.execPath, [...flags, script, ...args.map(String)], {
    timeout,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

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

/** Runs a part that was started alone: `node bench/parts/<name>.mjs [--quick]`. */
export async function runAlone(url, run) {
  if (url !== pathToFileURL(process.argv[1] ?? '').href) return;
  const { title, rows, figures } = await run({ quick: process.argv.includes('--quick') });
  console.log(`\n${title}`);
  console.table(rows);
  console.log(figures);
}
