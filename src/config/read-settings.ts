import { isHttpOrigin, isProxy, isRedisUrl, listOf } from './checks.js';
import { SettingsError } from './settings.error.js';
import type { Settings, StoreKind } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const STORES: readonly string[] = ['memory', 'sqlite', 'redis'] satisfies StoreKind[];
const MIN_SECRET = 32;

/**
 * Reads the settings from environment variables. An empty variable counts as one that is not set.
 * @throws {@link SettingsError} with every problem at once
 */
export function readSettings(env: Environment): Settings {
  const problems: string[] = [];
  const refuse = (name: string, problem: string): void => void problems.push(`${name} ${problem}`);
  const read = (name: string): string | undefined => nonEmpty(env[name]?.trim());

  const production = !['', 'development', 'test'].includes(env['NODE_ENV'] ?? '');
  const port = read('PORT') ?? '3000';
  const store = read('SESSION_STORE') ?? 'sqlite';
  const sessionSecret = nonEmpty(env['SESSION_SECRET']);
  const redisUrl = read('REDIS_URL');
  const corsOrigins = listOf(read('CORS_ORIGIN'));
  const proxies = listOf(read('TRUST_PROXY'));

  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) refuse('PORT', 'must be a number from 0 to 65535.');
  if (!STORES.includes(store)) refuse('SESSION_STORE', `must be one of ${STORES.join(', ')}.`);
  if (production && (sessionSecret ?? '').length < MIN_SECRET) {
    const how = 'Make one with `openssl rand -base64 32`.';
    refuse('SESSION_SECRET', `needs at least ${MIN_SECRET} characters when NODE_ENV is production. ${how}`);
  }
  if (store === 'redis' && redisUrl === undefined) {
    refuse('REDIS_URL', 'is needed when SESSION_STORE is redis, for example redis://localhost:6379.');
  }
  // It may carry a password, so no message repeats it.
  if (redisUrl !== undefined && !isRedisUrl(redisUrl)) refuse('REDIS_URL', 'must begin with redis:// or rediss://.');
  for (const origin of corsOrigins) {
    if (!isHttpOrigin(origin)) {
      refuse('CORS_ORIGIN', `has "${origin}". Give origins such as https://app.example.com, without a path, or "*".`);
    }
  }
  if (!proxies.every(isProxy)) {
    const why = '"true" would trust a header that any client can send.';
    refuse('TRUST_PROXY', `must be the number of proxies in front, or a list of their addresses. ${why}`);
  }

  if (problems.length > 0) throw new SettingsError(problems);
  const [only = '0'] = proxies;
  return {
    production,
    port: Number(port),
    sessionSecret,
    store: store as StoreKind,
    redisUrl,
    corsOrigins,
    trustProxy: /^\d+$/.test(only) ? Number(only) : proxies,
    dataDir: read('DATA_DIR') ?? '.data',
  };
}

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
