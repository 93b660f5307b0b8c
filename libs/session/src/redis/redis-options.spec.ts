import { Cluster, Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../errors/session-config.error.js';
import { redisStore } from './index.js';

/** What is said about each option, by its name. */
function problemsOf(options: unknown): Record<string, string> {
  try {
    redisStore(options as never);
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ path, problem }) => [path, problem]));
  }
  throw new Error('the options were accepted');
}

const client = new Redis({ lazyConnect: true });
const nodeRedis = { isOpen: true, connect: () => {}, sendCommand: () => {}, get: () => {}, on: () => {} };

describe('redisStore options', () => {
  it.each([
    ['nothing', undefined, { 'redisStore.client': /is missing, and so is url/ }],
    ['an empty object', {}, { 'redisStore.client': /is missing/ }],
    ['both', { client, url: 'redis://h' }, { 'redisStore.url': /exclude each other/ }],
    ['a client of node-redis', { client: nodeRedis }, { 'redisStore.client': /node-redis.*new Redis/ }],
    ['a client of something else', { client: { get() {} } }, { 'redisStore.client': /no client of ioredis/ }],
    ['no client at all', { client: null }, { 'redisStore.client': /no client of ioredis/ }],
    ['another protocol', { url: 'http://h' }, { 'redisStore.url': /redis:\/\/ or rediss:\/\// }],
    ['no URL', { url: 'localhost' }, { 'redisStore.url': /redis:\/\// }],
    ['an empty prefix', { client, prefix: '' }, { 'redisStore.prefix': /clear\(\) would delete every key/ }],
    ['a prefix that is no text', { client, prefix: 1 }, { 'redisStore.prefix': /number/ }],
    ['other ids', { client, ids: 'hash' }, { 'redisStore.ids': /'hash'.*'hashed' or 'plain'/ }],
    ['half a serializer', { client, serializer: { parse: JSON.parse } }, { 'redisStore.serializer': /stringify/ }],
    ['no steps', { client, scanCount: 0 }, { 'redisStore.scanCount': /is 0/ }],
    ['no time', { client, commandTimeout: Infinity }, { 'redisStore.commandTimeout': /is Infinity/ }],
    ['a near-cache of a size', { client, nearCache: 100 }, { 'redisStore.nearCache': /is 100\. Give true/ }],
    [
      'a near-cache for nobody',
      { client, nearCache: { maxEntries: 0 } },
      { 'redisStore.nearCache.maxEntries': /is 0/ },
    ],
    [
      'an age without a unit',
      { client, nearCache: { maxAge: '5' } },
      { 'redisStore.nearCache.maxAge': /is '5'.*'5s'/ },
    ],
    ['no age', { client, nearCache: { maxAge: 0 } }, { 'redisStore.nearCache.maxAge': /is 0/ }],
    [
      'an unknown bound',
      { client, nearCache: { ttl: 1 } },
      { 'redisStore.nearCache.ttl': /Known: maxEntries, maxAge/ },
    ],
    ['no clock', { client, clock: {} }, { 'redisStore.clock': /lacks now/ }],
    ['an option of connect-redis', { client, ttl: 60 }, { 'redisStore.ttl': /idleTimeout/ }],
    ['an unknown option', { client, prefx: 'a' }, { 'redisStore.prefx': /no such option/ }],
  ])('refuse %s', (_, options, expected) => {
    const problems = problemsOf(options);
    expect(Object.keys(problems)).toEqual(Object.keys(expected));
    for (const [path, pattern] of Object.entries(expected)) expect(problems[path]).toMatch(pattern);
  });

  it('tell every problem at once', () => {
    expect(Object.keys(problemsOf({ prefix: '', ids: 'x', scanCount: -1, commandTimeout: '1s', ttl: 1 }))).toEqual([
      'redisStore.ttl',
      'redisStore.client',
      'redisStore.prefix',
      'redisStore.ids',
      'redisStore.scanCount',
      'redisStore.commandTimeout',
    ]);
  });

  it('never repeat the password of a URL', () => {
    expect(JSON.stringify(problemsOf({ url: 'http://user:hunter2@host' }))).not.toContain('hunter2');
  });

  it('refuse a Cluster that reads from replicas', () => {
    const replicas = new Cluster([{ port: 1 }], { lazyConnect: true, scaleReads: 'slave' });
    expect(problemsOf({ client: replicas })['redisStore.client']).toMatch(/scaleReads: 'master'/);
  });

  it('refuse a near-cache on a Cluster, with every other problem', () => {
    const cluster = new Cluster([{ port: 1 }], { lazyConnect: true });
    const problems = problemsOf({ client: cluster, nearCache: { maxAge: '1' }, scanCount: 0 });
    expect(problems['redisStore.nearCache']).toMatch(/does not work with a Cluster.*Remove it/);
    expect(Object.keys(problems)).toHaveLength(3);
  });

  it('take a near-cache or none', () => {
    for (const nearCache of [true, false, {}, { maxEntries: 1 }, { maxAge: '2s' as const }, { maxAge: 1.5 }]) {
      const store = redisStore({ client: new Redis({ lazyConnect: true }), nearCache });
      expect(store.staleness).toBeLessThanOrEqual(1500);
    }
  });

  it('leave a lazy client unconnected until it is needed', () => {
    const lazy = new Redis({ lazyConnect: true });
    redisStore({ client: lazy, nearCache: true });
    expect(lazy.status).toBe('wait');
  });
});
