import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../errors/session-config.error.js';
import { connectStore } from '../stores/connect.store.js';
import { memoryStore } from '../stores/memory.store.js';
import { sealedCookie } from '../sealed/sealed-cookie.js';
import { MemoryStore } from 'express-session';
import { resolveOptions } from './resolve-options.js';

function problemsOf(options: object): string[] {
  try {
    resolveOptions({ store: memoryStore(), ...options }, {});
    return [];
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    return error.problems.map(({ path, problem }) => `${path}: ${problem}`);
  }
}

describe('maxSessionsPerUser', () => {
  it.each([1, 5, Infinity, { mobile: 1 }, {}, { mobile: 1, desktop: Infinity }, () => 3])('may be %j', (limit) => {
    expect(problemsOf({ maxSessionsPerUser: limit })).toEqual([]);
  });

  it.each([0, -1, 1.5, NaN, '3', null, { phone: 1 }, { mobile: 0 }, [2]])('is refused as %j', (limit) => {
    expect(problemsOf({ maxSessionsPerUser: limit })).toEqual([expect.stringMatching(/^maxSessionsPerUser: must be/)]);
  });
});

describe('whenFull', () => {
  it('has two values, and none without a limit', () => {
    expect(problemsOf({ maxSessionsPerUser: 1, whenFull: 'reject' })).toEqual([]);
    expect(problemsOf({ maxSessionsPerUser: 1, whenFull: 'evict' })).toEqual([
      "whenFull: must be 'evict-oldest' or 'reject'.",
    ]);
    expect(problemsOf({ whenFull: 'reject' })).toEqual([expect.stringMatching(/^whenFull: has no effect/)]);
  });
});

describe('indexes', () => {
  it('are named functions', () => {
    expect(problemsOf({ indexes: { tenant: () => 'acme' } })).toEqual([]);
    expect(problemsOf({ indexes: 'tenant' })).toEqual([expect.stringMatching(/^indexes: must be an object/)]);
    expect(problemsOf({ indexes: { 'a b': () => '', tenant: 'acme' } })).toEqual([
      expect.stringMatching(/^indexes.a b: must be named/),
      expect.stringMatching(/^indexes.tenant: must be a function/),
    ]);
  });
});

describe('a store without an index', () => {
  const password = 'a password that is long enough for it';

  it.each([
    ['connectStore()', () => connectStore(new MemoryStore())],
    ['sealedCookie()', () => sealedCookie({ password, revocation: 'none' })],
  ])('is refused for what it cannot keep: %s', (_, store) => {
    const options = { store: store(), maxSessionsPerUser: 2, indexes: { tenant: () => 'acme' } };
    expect(problemsOf(options)).toEqual([
      expect.stringMatching(/^maxSessionsPerUser: needs a store that finds sessions by their user/),
      expect.stringMatching(/^indexes: needs a store that finds sessions by their user/),
    ]);
  });
});
