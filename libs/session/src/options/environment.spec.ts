import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../errors/session-config.error.js';
import { memoryStore } from '../stores/memory.store.js';
import { isProduction } from './environment.js';
import { resolveOptions } from './resolve-options.js';

const pathsOf = (run: () => unknown): string[] => {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
};

describe('the environment', () => {
  it('relaxes nothing by any value but development, test and none', () => {
    const value = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(
        'prod',
        'production',
        'Production',
        'staging',
        'Development',
        'TEST',
        'dev',
        ' development',
        'undefined',
      ),
    );
    fc.assert(
      fc.property(
        value.filter((one) => one !== 'development' && one !== 'test'),
        (NODE_ENV) => {
          expect(isProduction({ NODE_ENV })).toBe(true);
          expect(pathsOf(() => resolveOptions({}, { NODE_ENV }))).toEqual(expect.arrayContaining(['secret', 'store']));
        },
      ),
    );
  });

  it.each(['staging', 'prod'])('says why it is strict where NODE_ENV is %s', (NODE_ENV) => {
    expect(pathsOf(() => resolveOptions({}, { NODE_ENV }))).toContain('NODE_ENV');
    expect(() => resolveOptions({}, { NODE_ENV })).toThrow(`"${NODE_ENV}", which counts as production`);
  });

  it.each([undefined, ''])('works without NODE_ENV (%j), and warns at every start', (NODE_ENV) => {
    expect(resolveOptions({}, { NODE_ENV }).warnings).toEqual([expect.stringMatching(/NODE_ENV is not set/)]);
  });

  it.each(['development', 'test'])('works in %s without a warning', (NODE_ENV) => {
    expect(resolveOptions({}, { NODE_ENV }).warnings).toEqual([]);
  });

  it.each([false, 'auto'] as const)('refuses a session id that travels readable in production: secure %j', (secure) => {
    const options = { secret: 'Jm2k-nJwq8Yx0Zt5vQ7rLc4hTb1uSd9e', store: memoryStore({ allowInProduction: true }) };
    const of = (NODE_ENV: string) => pathsOf(() => resolveOptions({ ...options, cookie: { secure } }, { NODE_ENV }));
    expect(of('production')).toEqual(['cookie.secure']);
    expect(of('staging')).toContain('cookie.secure');
    expect(of('development')).toEqual([]);
  });

  it.each(['keyboard cat', 'x', 'a'.repeat(40)])(
    'refuses %j wherever copies are sealed with it, in development too',
    (secret) => {
      const of = (options: object) =>
        pathsOf(() => resolveOptions({ secret, ...options }, { NODE_ENV: 'development' }));
      expect(of({ cache: '1m' })).toEqual(['secret']);
      expect(of({})).toEqual([]);
    },
  );

  it('takes sameSite: true for strict, as express-session does', () => {
    expect(resolveOptions({ cookie: { sameSite: true } }, { NODE_ENV: 'test' }).cookie.sameSite).toBe('strict');
  });
});
