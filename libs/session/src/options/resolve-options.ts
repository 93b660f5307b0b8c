import { randomBytes } from 'node:crypto';
import { systemClock } from '../core/clock.js';
import { lastWriterWins } from '../core/merge.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { isCookieStore, type CookieStoreSettings } from '../stores/cookie-store.js';
import { memoryStore } from '../stores/memory.store.js';
import { checkClient } from './client-options.js';
import { resolveCookie } from './cookie-options.js';
import { resolveAuthVersion } from './auth-version.js';
import { resolveDeadlines } from './deadline-options.js';
import { checkGenid, checkSecrets, checkStore } from './option-checks.js';
import { REGISTRY_OPTIONS, resolveRegistryOptions } from './registry-options.js';
import { environmentWarning, isProduction, productionReason, type Environment } from './environment.js';
import type { Report } from './report.js';
import type { ResolvedSessionOptions, SessionModuleOptions } from './session-options.js';
import { checkedDuration } from './timeouts.js';
import { checkedUserKey } from './user-key.js';

const KNOWN = new Set<string>([
  'secret',
  'name',
  'cookie',
  'store',
  'idleTimeout',
  'absoluteTimeout',
  'preset',
  'timeouts',
  'rotateAfter',
  'rotationGrace',
  'rolling',
  'saveUninitialized',
  'resave',
  'unset',
  'onReuse',
  'genid',
  'proxy',
  'cache',
  'onStoreError',
  'resolve',
  'lazy',
  'authVersion',
  'toSession',
  'userKey',
  'client',
  'maxSessionBytes',
  'clock',
  ...REGISTRY_OPTIONS,
] satisfies (keyof SessionModuleOptions)[]);

const DEFAULT_BYTES = 65_536;
/** Enough for a user and the values of a login. */
const MIN_BYTES = 1_024;
const MAX_CACHE = 15 * 60_000;

/**
 * Fills in defaults, checks everything and freezes the result.
 * @param options the application's options
 * @param env the environment that tells development from production
 * @throws {@link SessionConfigError} with every problem at once
 */
export function resolveOptions(
  given: SessionModuleOptions = {},
  env: Environment = process.env,
): ResolvedSessionOptions {
  const problems: ConfigProblem[] = [];
  const notices: string[] = [];
  const production = isProduction(env);
  const inCookie = isCookieStore(given.store) ? given.store : undefined;
  const report: Report = (path, problem) => problems.push({ path: inCookie ? sealedPath(path) : path, problem });
  const options = inCookie ? withSettings(problems, given, inCookie.settings) : given;

  for (const key of Object.keys(options)) {
    if (!KNOWN.has(key)) report(key, `no such option. Known: ${[...KNOWN].join(', ')}.`);
  }
  for (const key of ['rolling', 'saveUninitialized', 'resave', 'lazy', 'proxy'] as const) {
    const value: unknown = options[key];
    if (value !== undefined && typeof value !== 'boolean') report(key, 'must be true or false.');
  }
  oneOf(report, 'unset', options.unset, ['destroy', 'keep']);
  oneOf(report, 'onReuse', options.onReuse, ['tell', 'end']);
  oneOf(report, 'onStoreError', options.onStoreError, ['fail', 'anonymous']);
  if (options.resolve !== undefined && typeof options.resolve !== 'function') report('resolve', 'must be a function.');

  const secrets = checkSecrets(
    report,
    options.secret,
    production && !inCookie,
    options.cache !== undefined && !inCookie,
  );
  const development: string[] = [];
  if (!inCookie && secrets.length === 0 && !production) development.push('a random secret (sessions end at a restart)');
  const store = checkStore(report, options.store, production) ?? (production ? undefined : memoryStore());
  if (options.store === undefined && !production) development.push('the memory store (this process only)');

  const { cookie, name } = resolveCookie(report, options, production);
  if (!cookie.secure && !production) development.push(`the cookie "${name}" without Secure (http works)`);
  if (development.length > 0) notices.push(`Development defaults: ${development.join(', ')}. Production refuses them.`);

  const deadlines = resolveDeadlines(report, options, cookie.maxAge);
  if (deadlines.rotateAfter !== undefined && inCookie?.settings.revocation === 'none')
    report(
      'rotateAfter',
      'needs a revocation store: without one an old cookie stays valid. Give one, or remove rotateAfter.',
    );
  const registry = resolveRegistryOptions(report, options, store);
  const cache = checkedDuration(report, 'cache', options.cache);
  if (cache !== undefined && inCookie)
    report('cache', 'is for stores: the cookie holds the session already. Remove it.');
  if (cache !== undefined && cache > MAX_CACHE)
    report('cache', 'must not be longer than 15 minutes: for that long an ended session would still be let in.');
  checkClient(report, options.client);
  for (const key of ['toSession', 'userKey'] as const)
    if (options[key] !== undefined && typeof options[key] !== 'function')
      report(key, 'must be a function of the user.');
  const { maxSessionBytes = DEFAULT_BYTES } = options;
  if (!Number.isSafeInteger(maxSessionBytes) || maxSessionBytes < MIN_BYTES)
    report('maxSessionBytes', `must be a whole number of at least ${MIN_BYTES}.`);
  const authVersion = resolveAuthVersion(report, options.authVersion);
  const plain = store !== undefined && 'keys' in store && store.keys === 'plain';
  const genid = checkGenid(report, options.genid, plain);
  if (plain && deadlines.rotateAfter !== undefined)
    report('rotateAfter', "needs sessions with a name: ids: 'plain' has none. Remove one of them.");
  if (problems.length > 0 || !store) {
    const reason = productionReason(env);
    throw new SessionConfigError(
      reason === undefined ? problems : [...problems, { path: 'NODE_ENV', problem: reason }],
    );
  }
  const warning = environmentWarning(env);
  return Object.freeze({
    secrets: Object.freeze(secrets.length > 0 ? secrets : [randomBytes(32).toString('base64url')]),
    name,
    cookie: Object.freeze(cookie),
    firm: true,
    store,
    ...deadlines,
    ...registry,
    rolling: options.rolling ?? false,
    saveUninitialized: options.saveUninitialized ?? false,
    resave: options.resave ?? false,
    unset: options.unset ?? 'keep',
    ...(genid && { genid }),
    onReuse: options.onReuse ?? 'tell',
    proxy: options.proxy,
    cache,
    onStoreError: options.onStoreError ?? 'fail',
    resolve: options.resolve ?? lastWriterWins,
    lazy: options.lazy ?? false,
    ...(authVersion && { authVersion }),
    ...(options.toSession && { toSession: options.toSession.bind(options) }),
    ...(options.userKey && { userKey: checkedUserKey(options.userKey.bind(options)) }),
    client: options.client && Object.freeze({ ...options.client }),
    maxSessionBytes,
    clock: options.clock ?? systemClock,
    notices: Object.freeze(notices),
    warnings: Object.freeze(warning === undefined ? [] : [warning]),
  });
}

/** The options with those that a cookie store sets. The same option in both places is refused, so that they cannot differ. */
function withSettings(
  problems: ConfigProblem[],
  given: SessionModuleOptions,
  { name, cookie, idleTimeout }: CookieStoreSettings,
): SessionModuleOptions {
  for (const key of ['name', 'cookie', 'idleTimeout'] as const) {
    if (given[key] !== undefined)
      problems.push({ path: key, problem: `is decided by ${SEALED_PATHS[key]}. Give it there, and remove it here.` });
  }
  return { ...given, name, cookie, ...(cookie.maxAge === undefined && { idleTimeout }) };
}

const SEALED_PATHS = {
  name: 'sealedCookie.cookieName',
  cookie: 'sealedCookie.cookieOptions',
  idleTimeout: 'sealedCookie.ttl',
} as const;

const sealedPath = (path: string): string => {
  const [first = '', ...rest] = path.split('.');
  return first in SEALED_PATHS ? [SEALED_PATHS[first as keyof typeof SEALED_PATHS], ...rest].join('.') : path;
};

function oneOf(report: Report, path: string, value: unknown, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value as string)) report(path, `must be one of ${allowed.join(', ')}.`);
}
