import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const lib = (path: string) => fileURLToPath(new URL(`./libs/session/src/${path}`, import.meta.url));

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
          name: 'behaviour',
          include: ['libs/**/*.spec.ts', 'src/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'test/package/**'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
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
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
