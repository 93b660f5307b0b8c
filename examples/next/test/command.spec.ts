import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpClient } from '../../../test/support/http-client.js';
import { freePort } from '../../../test/support/redis-server.js';
import { root } from '../scripts/workspace.mjs';
import { chooseApiUrl } from './example-app.js';
import { everywhere, lookEverywhere } from './surfaces.js';

let command: ChildProcess | undefined;
let ended: Promise<unknown>;
let output = '';
let ports: [web: number, api: number];

/** As people type it, on ports that are free. */
beforeAll(async () => {
  ports = [await freePort(), Number(new URL(await chooseApiUrl()).port)];
  const { PATH, HOME } = process.env;
  const started = spawn('npm', ['run', 'example:next'], {
    cwd: root,
    env: { PATH, HOME, PORT: `${ports[0]}`, API_PORT: `${ports[1]}` },
    // A group of its own, as a terminal makes one.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  command = started;
  ended = once(started, 'close');
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (/^Open http/m.test(output)) resolve();
    };
    started.stdout.on('data', read);
    started.stderr.on('data', read);
    void ended.then(() => reject(new Error(`It ended:\n${output}`)));
  });
});
afterAll(() => signal('SIGKILL'));

/** To everything that the command has started. */
function signal(name: NodeJS.Signals): void {
  try {
    if (command?.pid !== undefined) process.kill(-command.pid, name);
  } catch (error) {
    // Nothing of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

it('npm run example:next starts both servers, one origin for the browser, and Ctrl-C stops both', async () => {
  const [, url = ''] = /^Open (\S+) - Ctrl-C stops both servers\.$/m.exec(output) ?? [];
  expect(url).toBe(`http://localhost:${ports[0]}`);
  const client = new HttpClient(url);
  expect(await (await client.get('/')).text()).toContain('<title>');
  expect((await client.get('/nest/me')).status).toBe(401);
  expect((await client.post('/nest/login', { username: 'ada', password: 'analytical engine' })).status).toBe(200);
  expect(await lookEverywhere(client)).toEqual(everywhere('Ada Lovelace'));

  expect(await Promise.all(ports.map(answers))).toEqual([true, true]);
  signal('SIGINT');
  await ended;
  expect(await Promise.all(ports.map(answers))).toEqual([false, false]);
});
