import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { example, own } from './workspace.mjs';

/**
 * A server as a process of its own.
 *
 * @typedef {object} Server
 * @property {() => string} output what it has said so far
 * @property {Promise<void>} ready resolves when it answers, rejects if it ends before
 * @property {Promise<number | null>} ended its exit code
 * @property {() => Promise<void>} stop
 */

/**
 * @param {readonly string[]} args
 * @param {RegExp} sign what it says when it is ready
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} say
 * @returns {Server}
 */
function start(args, sign, env, say) {
  const child = own(spawn(process.execPath, args, { cwd: example, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  let output = '';
  const ended = once(child, 'close').then(([code]) => code);
  const ready = new Promise((resolve, reject) => {
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      say(chunk.toString());
      if (sign.test(output)) resolve(undefined);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => reject(new Error(`It ended before it was ready:\n${output}`)));
  });
  // A caller that awaits it gets the error; one that does not must not end because of it.
  ready.catch(() => {});
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { output: () => output, ready, ended, stop };
}

/**
 * Starts the API that `prepare()` has built.
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} [say] gets what it says
 */
export const startApi = (env, say = () => {}) => start(['dist/api/main.js'], /The API is ready/, env, say);

/**
 * Starts the web application that `prepare()` has built.
 * @param {number} port
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} [say] gets what it says
 */
export function startWeb(port, env, say = () => {}) {
  const next = join(example, 'node_modules/next/dist/bin/next');
  return start(
    [next, 'start', 'web', '--port', `${port}`, '--hostname', '127.0.0.1'],
    /The web application is ready/,
    env,
    say,
  );
}
