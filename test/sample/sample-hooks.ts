import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startRedis, type RedisServer } from '../support/redis-server.js';

/** The stores that the sample can use. */
export const STORES = ['memory', 'sqlite', 'redis'] as const;
export type StoreName = (typeof STORES)[number];

/** A folder for all tests of a file, or with `'each'` for each of them; it has its path when they run. */
export function useFolder(span: 'all' | 'each' = 'all'): { readonly path: string } {
  const folder = { path: '' };
  const [before, after] = span === 'all' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  before(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'nest-session-sample-'));
  });
  after(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Redis and a folder for all tests of a file. @returns the settings of the sample on a store */
export function useStores(): (store: StoreName) => Readonly<Record<string, string>> {
  const folder = useFolder();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  return (store) => ({ SESSION_STORE: store, REDIS_URL: redis.url, DATA_DIR: join(folder.path, store) });
}
