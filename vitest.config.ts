import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lib = (path: string) => fileURLToPath(new URL(`./libs/session/src/${path}`, import.meta.url));

// What Node has compiled once, it need not compile again in each worker and in each process that tests start.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('./.cache/compile', import.meta.url));

// Whole fleets that fail over: what they take is a part of what is tested.
const WATCH_THE_CLOCK = ['test/outages/redis-cluster.spec.ts', 'test/outages/redis-sentinel.spec.ts'];

/** They replace a module for the whole file, so they need one of their own. */
const REPLACE_MODULES = ['test/sealed/opening.spec.ts', 'libs/session/src/seals/sealer.spec.ts'];

// Far more than any test takes: a busy machine must not look like a fault.
const BEHAVIOUR = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 };

export default defineConfig({
  resolve: {
    alias: [
      { find: /^nest-session$/, replacement: lib('index.ts') },
      { find: /^nest-session\/(.+)$/, replacement: lib('$1/index.ts') },
    ],
  },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...BEHAVIOUR,
          name: 'behaviour',
          // Two workers load the library and Nest once each, and not for each of 200 files: half of the time.
          isolate: false,
          include: ['libs/**/*.spec.ts', 'src/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            'test/package/**',
            'test/torture/**',
            ...WATCH_THE_CLOCK,
            'test/guides/nextjs-*.spec.ts',
            ...REPLACE_MODULES,
          ],
        },
      },
      {
        extends: true,
        test: { ...BEHAVIOUR, name: 'behaviour in isolation', include: REPLACE_MODULES },
      },
      {
        // The other major of connect-redis that the Redis store promises to work with.
        extends: true,
        resolve: { alias: [{ find: /^connect-redis$/, replacement: 'connect-redis-10' }] },
        test: {
          name: 'connect-redis 10',
          include: ['test/contract/redis.contract.spec.ts', 'libs/session/src/redis/express-redis.store.spec.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './test/types/tsconfig.json' },
        },
      },
      {
        // Kills servers under load and watches the clock: nothing else runs beside it.
        extends: true,
        test: {
          name: 'torture',
          include: ['test/torture/**/*.spec.ts', ...WATCH_THE_CLOCK],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Builds, packs and installs: it runs alone and last, so that it takes no time from tests that watch the clock.
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.spec.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Builds and starts whole Next applications: after everything else, for the same reason.
        extends: true,
        test: {
          name: 'example next',
          include: ['examples/next/test/**/*.spec.ts', 'test/guides/nextjs-*.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
