import { describe, expect, it } from 'vitest';
import { readSettings } from './read-settings.js';
import { SettingsError } from './settings.error.js';

const SECRET = 'Zx3-v9_Lq8.Tn2yWm5Kc7Rb1Hd4Fg6Js0';
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

describe('readSettings', () => {
  it('works without an environment, and takes empty variables for missing ones', () => {
    const defaults = {
      production: false,
      port: 3000,
      sessionSecret: undefined,
      store: 'sqlite',
      redisUrl: undefined,
      corsOrigins: [],
      trustProxy: 0,
      dataDir: '.data',
    };
    expect(readSettings({})).toEqual(defaults);
    const names = ['PORT', 'SESSION_SECRET', 'SESSION_STORE', 'REDIS_URL', 'CORS_ORIGIN', 'TRUST_PROXY', 'DATA_DIR'];
    expect(readSettings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(defaults);
  });

  it('reads every variable', () => {
    expect(
      readSettings({
        NODE_ENV: 'production',
        PORT: '8080',
        SESSION_SECRET: SECRET,
        SESSION_STORE: 'redis',
        REDIS_URL: 'rediss://:pass@redis.example.com:6380/1',
        CORS_ORIGIN: 'https://a.example, http://localhost:5173',
        TRUST_PROXY: 'loopback, 10.0.0.0/8, ::1',
        DATA_DIR: '/var/lib/sample',
      }),
    ).toEqual({
      production: true,
      port: 8080,
      sessionSecret: SECRET,
      store: 'redis',
      redisUrl: 'rediss://:pass@redis.example.com:6380/1',
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      trustProxy: ['loopback', '10.0.0.0/8', '::1'],
      dataDir: '/var/lib/sample',
    });
    expect(readSettings({ TRUST_PROXY: '2' }).trustProxy).toBe(2);
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '3000x'],
    ['SESSION_STORE', 'postgres'],
    ['REDIS_URL', 'http://localhost:6379'],
    ['REDIS_URL', 'localhost:6379'],
    ['CORS_ORIGIN', '*'],
    ['CORS_ORIGIN', 'null'],
    ['CORS_ORIGIN', 'https://a.example/'],
    ['CORS_ORIGIN', 'https://a.example/path'],
    ['CORS_ORIGIN', 'https://A.example'],
    ['CORS_ORIGIN', 'https://user:pass@a.example'],
    ['CORS_ORIGIN', 'a.example'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '1, loopback'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0'],
  ])('refuses %s=%s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} `));
  });

  it('wants a secret in production, and a URL for Redis', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^SESSION_SECRET needs/)]);
    expect(problemsOf({ NODE_ENV: 'production', SESSION_SECRET: 'short' })).toHaveLength(1);
    expect(problemsOf({ SESSION_STORE: 'redis' })).toEqual([expect.stringMatching(/^REDIS_URL is needed/)]);
  });

  it('tells everything at once, and no secret', () => {
    const env = {
      PORT: 'x',
      SESSION_STORE: 'redis',
      REDIS_URL: 'http://:hunter2@a',
      CORS_ORIGIN: '*',
      TRUST_PROXY: 'true',
    };
    const problems = problemsOf({ ...env, NODE_ENV: 'production', SESSION_SECRET: 'hunter2' });
    expect(problems).toHaveLength(5);
    expect(new SettingsError(problems).message).toMatch(/needs attention:\n {2}- PORT/);
    expect(problems.join()).not.toContain('hunter2');
  });
});
