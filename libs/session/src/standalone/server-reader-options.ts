import { systemClock, type Clock } from '../core/clock.js';
import type { ExpiryPolicy } from '../core/deadlines.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { resolveCookie } from '../options/cookie-options.js';
import type { Duration } from '../options/duration.js';

import { checkSecrets, checkStore } from '../options/option-checks.js';
import { isProduction, type Environment } from '../options/environment.js';
import { checkedDuration, checkTimeouts, DEFAULT_IDLE, resolveAbsoluteTimeout } from '../options/timeouts.js';
import { isCookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';

/** Options of `createServerSessionReader()`. The same as in the options of `SessionModule`. */
export interface ServerSessionReaderOptions {
  /** Verifies the cookie. All entries of an array do. */
  secret: string | readonly string[];
  /** Where sessions live: `redisStore()`, `sqliteStore()`, or another store that both processes share. */
  store: SessionStore;
  /**
   * Name of the cookie.
   * @default '__Host-sid' in production, else 'sid'
   */
  name?: string | undefined;
  /**
   * Ends a session that is not used for this long.
   * @default '30m'
   */
  idleTimeout?: Duration | undefined;
  /**
   * Ends a session this long after login, however much it is used; `false` for never.
   * @default '8h'
   */
  absoluteTimeout?: Duration | false | undefined;
  /** @default the machine's clock */
  clock?: Clock | undefined;
}

/** {@link ServerSessionReaderOptions} with every default filled in. */
export interface ServerReaderSettings {
  readonly secrets: readonly string[];
  readonly store: SessionStore;
  readonly name: string;
  readonly policy: ExpiryPolicy;
  readonly clock: Clock;
}

const WHAT = 'createServerSessionReader';
const KNOWN: readonly string[] = [
  'secret',
  'store',
  'name',
  'idleTimeout',
  'absoluteTimeout',
  'clock',
] satisfies (keyof ServerSessionReaderOptions)[];

/**
 * Fills in defaults and checks everything, by the rules of `SessionModule`.
 * @throws `SessionConfigError` with every problem at once
 */
export function resolveServerReaderOptions(
  given: ServerSessionReaderOptions,
  env: Environment = process.env,
): ServerReaderSettings {
  const production = isProduction(env);
  const options: Partial<ServerSessionReaderOptions> = given ?? {};
  const problems: ConfigProblem[] = [];
  const report = (path: string, problem: string): void => void problems.push({ path: `${WHAT}.${path}`, problem });

  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) report(key, `no such option. Known: ${KNOWN.join(', ')}.`);
  }
  const secrets = checkSecrets(report, options.secret, production);
  if (!production && secrets.length === 0 && (options.secret === undefined || options.secret === ''))
    report('secret', 'is required: the one that SessionModule signs cookies with.');
  const store = isCookieStore(options.store) ? undefined : checkStore(report, options.store, production);
  if (isCookieStore(options.store))
    report('store', 'keeps sessions in the cookie. Read it with createSealedSessionReader().');
  else if (options.store === undefined && !production)
    report('store', 'is required: the one that SessionModule keeps sessions in.');
  // The name depends on whether the cookie is Secure. The other attributes are not needed here.
  const secure = production || options.name?.startsWith('__') === true;
  const { name } = resolveCookie(report, { name: options.name, cookie: { secure } }, production);
  const idleTimeout = checkedDuration(report, 'idleTimeout', options.idleTimeout) ?? DEFAULT_IDLE;
  const absoluteTimeout = resolveAbsoluteTimeout(report, options.absoluteTimeout);
  checkTimeouts(report, idleTimeout, absoluteTimeout, null);
  const { clock = systemClock } = options;
  if (typeof clock?.now !== 'function') report('clock', 'lacks now(). Leave it out for the clock of the machine.');

  if (problems.length > 0 || !store || isCookieStore(store)) throw new SessionConfigError(problems, `${WHAT}()`);
  return { secrets, store, name, policy: { idleTimeout, absoluteTimeout }, clock };
}
