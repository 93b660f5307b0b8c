import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the example. */
export const example = dirname(import.meta.dirname);

/** The folder of the repository, where the library is. */
export const root = join(example, '../..');

const GENERATED = new Set(['node_modules', '.next', 'dist', 'next-env.d.ts']);

/**
 * When the youngest file under these paths was changed; tests and what is generated do not count.
 * @param {...string} paths
 * @returns {number} milliseconds since the epoch
 */
export function youngest(...paths) {
  const times = paths.map((path) => {
    if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
    const names = readdirSync(path).filter((name) => !GENERATED.has(name) && !name.endsWith('.spec.ts'));
    return youngest(...names.map((name) => join(path, name)));
  });
  return Math.max(0, ...times);
}

/**
 * Whether something was made after everything that it is made of.
 * @param {string} made
 * @param {...string} sources
 */
export const isFresh = (made, ...sources) => existsSync(made) && statSync(made).mtimeMs >= youngest(...sources);

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Makes sure that a process does not outlive this one.
 * @template {import('node:child_process').ChildProcess} Child
 * @param {Child} child
 */
export function own(child) {
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/**
 * Runs a command to its end.
 * @param {string} what said on the screen
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: Readonly<Record<string, string>> }} options
 * @returns {Promise<void>}
 * @throws {Error} if it fails, with what it said
 */
export async function run(what, command, args, { cwd, env = {} }) {
  process.stdout.write(`${what} ...\n`);
  const child = own(
    spawn(command, args, {
      cwd,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  let output = '';
  const read = (/** @type {Buffer} */ chunk) => void (output += chunk.toString());
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${what} failed:\n${output}`);
}
