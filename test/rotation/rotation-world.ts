import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { SessionModuleOptions } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { HttpClient } from '../support/http-client.js';
import { TestClock } from '../support/test-clock.js';
import type { Platform } from '../support/nest-app.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { aboutTime } from '../support/routes/timeout.routes.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { sealedOn } from '../timeouts/places.js';

export const kinds = ['server', 'sealed'] as const;
export type Kind = (typeof kinds)[number];

/** Applications that share their sessions, each with a store of its own as several processes have. */
export class RotationWorld {
  clock = new TestClock();
  private redis: RedisServer | undefined;
  private folder = '';
  private readonly open: TestApp[] = [];

  async start(
    kind: Kind,
    { platform = 'express', ...options }: SessionModuleOptions & { platform?: Platform } = {},
  ): Promise<TestApp> {
    const { clock } = this;
    const store = this.storeOf(kind);
    return this.keep(await startTestApp(platform, { store, clock, rotateAfter: '20m', ...options }, aboutTime));
  }

  /** Closes the application after the test. */
  keep(app: TestApp): TestApp {
    this.open.push(app);
    return app;
  }

  async begin(): Promise<void> {
    this.redis = await startRedis();
    this.folder = await mkdtemp(join(tmpdir(), 'rotation-'));
  }

  async closeApps(): Promise<void> {
    for (const app of this.open.splice(0)) await app.close();
  }

  async end(): Promise<void> {
    await this.redis?.stop();
    await rm(this.folder, { recursive: true });
  }

  private storeOf(kind: Kind): SessionModuleOptions['store'] {
    const { clock, redis, folder } = this;
    if (!redis) throw new Error('The world has not begun.');
    return kind === 'server' ? redisStore({ url: redis.url, clock }) : sealedOn(join(folder, 'ended.db'), clock);
  }
}

/** A world for the tests of a file. */
export function useRotationWorld(): RotationWorld {
  const world = new RotationWorld();
  beforeAll(() => world.begin());
  afterEach(() => world.closeApps());
  afterAll(() => world.end());
  return world;
}

export const status = async (client: HttpClient, path = '/poll') => (await client.get(path)).status;
export const json = async (response: Promise<Response>) => (await (await response).json()) as Record<string, unknown>;
export const cookies = (response: Response) =>
  response.headers.getSetCookie().filter((line) => line.startsWith('sid='));

/** The same cookies at another server. */
export async function at(app: TestApp, client: HttpClient): Promise<HttpClient> {
  const there = new HttpClient(app.url);
  await there.jar.setCookie(`sid=${await client.cookie()}; Path=/`, app.url);
  return there;
}
