// Installs and builds what is missing, starts the API and the web application, and stops both on Ctrl-C.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { keptPassword } from './password.mjs';
import { prepare } from './prepare.mjs';
import { startApi, startWeb } from './servers.mjs';
import { example } from './workspace.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) fail(`Node 22.13 or newer is needed; this is ${process.version}.`);

const port = Number(process.env.PORT ?? 3000);
const apiPort = Number(process.env.API_PORT ?? 3001);
const apiUrl = `http://127.0.0.1:${apiPort}`;
const publicUrl = process.env.PUBLIC_URL ?? `http://localhost:${port}`;
const dataDir = join(example, '.data');

/** @type {import('./servers.mjs').Server[]} */
const servers = [];
let stopping = false;

async function stop() {
  stopping = true;
  await Promise.all(servers.map((server) => server.stop()));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => void stop().then(() => process.exit(0)));

try {
  await Promise.all([expectFree(port, 'PORT'), expectFree(apiPort, 'API_PORT')]);
  await prepare(apiUrl);
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    API_URL: apiUrl,
    PUBLIC_URL: publicUrl,
    DATA_DIR: dataDir,
    SESSION_PASSWORD: process.env.SESSION_PASSWORD ?? keptPassword(dataDir),
  };
  if (!stopping) {
    servers.push(startApi(env, show), startWeb(port, env, show));
    await Promise.all(servers.map((server) => server.ready));
    process.stdout.write(`\nOpen ${publicUrl} - Ctrl-C stops both servers.\n`);
    // Neither is of use without the other.
    await Promise.race(servers.map((server) => server.ended));
    if (!stopping) throw new Error('A server has ended.');
  }
} catch (error) {
  if (!stopping) {
    await stop();
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} text */
function show(text) {
  process.stdout.write(text);
}

/**
 * @param {number} number
 * @param {string} variable
 */
async function expectFree(number, variable) {
  const server = createServer();
  server.listen(number, '127.0.0.1');
  await once(server, 'listening').catch(() => {
    throw new Error(`Port ${number} is taken. Choose another one: ${variable}=${number + 1000} npm run example:next`);
  });
  server.close();
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
