import { afterAll, beforeAll, beforeEach, afterEach, describe } from 'vitest';
import { memoryStore, type SessionModuleOptions, type StepUpGuardOptions } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { TestClock } from './test-clock.js';
import { platforms, type Platform } from './nest-app.js';
import { cells } from './scope.js';
import { startRedis, type RedisServer } from './redis-server.js';
import { aboutStepUp } from './routes/step-up.routes.js';
import { startTestApp, type TestApp } from './test-app.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';

let redis: RedisServer;
/** Each application has keys of its own. */
let started = 0;
let describing = 0;

/** `cached`: in a store, behind copies that the browser carries. */
const backends = ['memory', 'redis', 'sealed', 'cached'] as const;
type Backend = (typeof backends)[number];

function storeOf(backend: Backend, clock: TestClock, options: SessionModuleOptions): SessionModuleOptions['store'] {
  if (backend === 'memory' || backend === 'cached') return memoryStore({ clock });
  if (backend === 'redis') return redisStore({ url: redis.url, clock, prefix: `test${++started}:` });
  return sealedCookie({
    password,
    cookieName: 'sid',
    revocation: memoryRevocation({ clock }),
    ...(options.idleTimeout !== undefined && { ttl: options.idleTimeout as '30m' }),
  });
}

export interface Bench {
  app: TestApp;
  clock: TestClock;
  readonly platform: Platform;
  readonly backend: Backend;
  readonly sealed: boolean;
  /** Starts it anew with other options, in place of the one that runs. */
  restart(options: SessionModuleOptions, guard?: StepUpGuardOptions): Promise<TestApp>;
}

/** Runs tests over both engines on both platforms, each with an application and a clock of its own. */
export function describeBackends(name: string, options: SessionModuleOptions, tests: (bench: Bench) => void): void {
  // A file may describe several, and the module may serve several files.
  beforeAll(async () => {
    if (describing++ === 0) redis = await startRedis();
  });
  afterAll(async () => {
    if (--describing === 0) await redis.stop();
  });

  for (const [backend, platform] of cells(backends, platforms, name.length))
    describe(`${name}, ${platform}, on ${backend}`, () => {
      const start = (given: SessionModuleOptions, guard?: StepUpGuardOptions) => {
        const { idleTimeout: _, ...rest } = given;
        const store = storeOf(backend, bench.clock, given);
        const cache = backend === 'cached' ? '1m' : undefined;
        const own = { ...(backend === 'sealed' ? rest : given), store, cache, clock: bench.clock } as const;
        return startTestApp(platform, own, aboutStepUp(guard));
      };
      const bench = {
        platform,
        backend,
        sealed: backend === 'sealed',
        async restart(given: SessionModuleOptions, guard?: StepUpGuardOptions) {
          await bench.app.close();
          return (bench.app = await start(given, guard));
        },
      } as Bench;
      beforeEach(async () => {
        bench.clock = new TestClock();
        bench.app = await start(options);
      });
      afterEach(() => bench.app.close());
      tests(bench);
    });
}
