import { Cluster, Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../errors/session-config.error.js';
import { redisRevocation } from './index.js';

const client = new Redis({ lazyConnect: true });

/** What is said about each option, by its name. */
const problemsOf = (options: unknown): Record<string, string> => {
  try {
    redisRevocation(options as never);
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    expect(error.message).toMatch(/^redisRevocation\(\) cannot start/);
    return Object.fromEntries(error.problems.map(({ path, problem }) => [path, problem]));
  }
  throw new Error('the options were accepted');
};

describe('redisRevocation options', () => {
  it.each([
    ['nothing', undefined, { 'redisRevocation.client': /is missing, and so is url. Give redisRevocation\(/ }],
    ['both', { client, url: 'redis://h' }, { 'redisRevocation.url': /exclude each other/ }],
    ['what is no client', { client: { get() {} } }, { 'redisRevocation.client': /no client of ioredis/ }],
    ['another protocol', { url: 'http://h' }, { 'redisRevocation.url': /redis:\/\/ or rediss:\/\// }],
    ['a prefix that is no text', { client, prefix: 1 }, { 'redisRevocation.prefix': /number/ }],
    ['a staleness that is none', { client, staleness: 'soon' }, { 'redisRevocation.staleness': /'10s'/ }],
    ['a negative staleness', { client, staleness: -1 }, { 'redisRevocation.staleness': /'10s'/ }],
    ['an endless staleness', { client, staleness: Infinity }, { 'redisRevocation.staleness': /'10s'/ }],
    ['no time', { client, commandTimeout: 0 }, { 'redisRevocation.commandTimeout': /is 0/ }],
    ['no clock', { client, clock: {} }, { 'redisRevocation.clock': /lacks now/ }],
    ['an option of redisStore', { client, ids: 'plain' }, { 'redisRevocation.ids': /no such option/ }],
  ])('refuse %s', (_, options, expected) => {
    const problems = problemsOf(options);
    expect(Object.keys(problems)).toEqual(Object.keys(expected));
    for (const [path, pattern] of Object.entries(expected)) expect(problems[path]).toMatch(pattern);
  });

  it('tell every problem at once', () => {
    const wrong = { ttl: 1, prefix: 1, staleness: '', commandTimeout: '1s', clock: null, url: 'x' };
    const names = ['ttl', 'url', 'prefix', 'staleness', 'commandTimeout', 'clock'];
    expect(Object.keys(problemsOf(wrong))).toEqual(names.map((name) => `redisRevocation.${name}`));
  });

  it('refuse a Cluster that reads from replicas', () => {
    const replicas = new Cluster([{ port: 1 }], { lazyConnect: true, scaleReads: 'slave' });
    expect(problemsOf({ client: replicas })['redisRevocation.client']).toMatch(/scaleReads: 'master'/);
  });

  it.each([
    [undefined, 0],
    [0, 0],
    [1500, 1500],
    ['10s', 10_000],
  ] as const)('take a staleness of %s', async (staleness, expected) => {
    const revocation = redisRevocation({ client, ...(staleness !== undefined && { staleness }) });
    expect(revocation.staleness).toBe(expected);
    await revocation.close();
  });

  it('leave a lazy client unconnected until it is needed', () => {
    expect(client.status).toBe('wait');
  });
});
