import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startRedis, type RedisServer } from '../../../test/support/redis-server.js';
import { prepare } from '../scripts/prepare.mjs';
import { startApi, startWeb } from '../scripts/servers.mjs';
import { example } from '../scripts/workspace.mjs';
import { breakRevocations } from './revocation-outage.js';

export const PASSWORD = 'a password for the tests of the example';

/** Where sessions live. */
export type Kind = 'sealed' | 'redis';
export const KINDS: readonly Kind[] = ['sealed', 'redis'];

/** The built API and the built web application, each a process of its own. */
export interface ExampleApp {
  /** The one origin that a browser sees. */
  readonly url: string;
  /** Puts what remembers sessions, or their end, out of order. @returns puts it right again */
  breakStore(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

/** Builds what is not built yet, and starts it with a store of its own. */
export async function startExample(kind: Kind): Promise<ExampleApp> {
  const apiUrl = await chooseApiUrl();
  await prepare(apiUrl);
  const [port, dataDir, redis] = await Promise.all([
    freePort(),
    mkdtemp(join(tmpdir(), 'example-next-')),
    kind === 'redis' ? startRedis() : undefined,
  ]);
  const url = `http://127.0.0.1:${port}`;
  const env = environment({
    SESSION_KIND: kind,
    SESSION_PASSWORD: PASSWORD,
    PUBLIC_URL: url,
    API_URL: apiUrl,
    DATA_DIR: dataDir,
    ...(redis && { REDIS_URL: redis.url }),
  });
  const servers = [startApi(env), startWeb(port, env)];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([redis?.stop(), rm(dataDir, { recursive: true, force: true })]);
  };
  try {
    await Promise.all(servers.map(({ ready }) => ready));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop, breakStore: () => (redis ? pause(redis) : breakRevocations(dataDir)) };
}

/** The environment of a server in production, with nothing of the one that runs the tests. */
export const environment = (settings: Record<string, string>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  ...settings,
});

/** The one that the build was made for, if its port is free: then nothing has to be built again. */
export async function chooseApiUrl(): Promise<string> {
  const stamp = join(example, 'web/.next/built-for.json');
  if (existsSync(stamp)) {
    const { apiUrl } = JSON.parse(readFileSync(stamp, 'utf8')) as { apiUrl: string };
    if (await isFree(Number(new URL(apiUrl).port))) return apiUrl;
  }
  return `http://127.0.0.1:${await freePort()}`;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** It hears everything and answers nothing. */
async function pause(redis: RedisServer): Promise<() => Promise<void>> {
  redis.pause();
  return async () => redis.resume();
}
