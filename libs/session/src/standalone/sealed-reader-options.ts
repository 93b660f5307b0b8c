import { systemClock, type Clock } from '../core/clock.js';
import type { ExpiryPolicy } from '../core/deadlines.js';
import type { CookieRecord } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';
import type { UserKeyOf } from '../core/user-key.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { isProduction, type Environment } from '../options/environment.js';
import { resolveCookie } from '../options/cookie-options.js';
import type { Duration } from '../options/duration.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';
import { checkedUserKey } from '../options/user-key.js';
import { checkTimeouts, resolveAbsoluteTimeout } from '../options/timeouts.js';
import type { SealedCookieOptions } from '../seals/sealed-options.js';
import { resolveSealedOptions, unfitForProduction, type SealedSettings } from '../seals/sealed-settings.js';

/** Options of `createSealedSessionReader()`: those of `sealedCookie()`, and some of `SessionModule`. */
export interface SealedSessionReaderOptions extends SealedCookieOptions {
  /**
   * Ends a session this long after login, however much it is used; `false` for never. The same as in the options of
   * `SessionModule`.
   * @default '8h'
   */
  absoluteTimeout?: Duration | false | undefined;
  /** What a user is found by. Say the same as in the options of `SessionModule`. @default (user) => String(user.id) */
  userKey?(user: SessionUser): string;
  /** @default the machine's clock */
  clock?: Clock | undefined;
}

/** {@link SealedSessionReaderOptions} with every default filled in. */
export interface SealedReaderSettings {
  readonly sealed: SealedSettings;
  readonly policy: ExpiryPolicy;
  readonly clock: Clock;
  readonly userKey?: UserKeyOf | undefined;
  /** The default attributes, which a seal does not contain, as in Nest. */
  readonly usualCookie: CookieRecord;
  /** The cookie of a new session. */
  readonly newCookie: CookieRecord;
}

const WHAT = 'createSealedSessionReader';
const OTHERS = ['absoluteTimeout', 'clock', 'userKey'] satisfies (keyof SealedSessionReaderOptions)[];

/** Names of options that differ from those of the module. */
const NAMES: Readonly<Record<string, string>> = { name: 'cookieName', cookie: 'cookieOptions', idleTimeout: 'ttl' };

/**
 * Fills in defaults and checks everything, by the rules of `sealedCookie()` and `SessionModule`.
 * @throws `SessionConfigError` with every problem at once
 */
export function resolveSealedReaderOptions(
  given: SealedSessionReaderOptions,
  env: Environment = process.env,
): SealedReaderSettings {
  const production = isProduction(env);
  const { settings: sealed, problems: found } = resolveSealedOptions(given, WHAT, OTHERS);
  const problems: ConfigProblem[] = [...found, ...(production ? unfitForProduction(sealed.revocation, WHAT) : [])];
  const report = (path: string, problem: string): void => {
    const [first = '', ...rest] = path.split('.');
    problems.push({ path: [WHAT, NAMES[first] ?? first, ...rest].join('.'), problem });
  };

  const { attributes, cookieName: name, maxAge, ttl } = sealed;
  const { cookie } = resolveCookie(
    report,
    { name, cookie: { ...attributes, maxAge: maxAge ?? undefined } },
    production,
  );
  const { absoluteTimeout: absolute, clock = systemClock }: Partial<SealedSessionReaderOptions> = given ?? {};
  const policy = { idleTimeout: maxAge ?? ttl, absoluteTimeout: resolveAbsoluteTimeout(report, absolute) };
  checkTimeouts(report, policy.idleTimeout, policy.absoluteTimeout, maxAge);
  if (typeof clock?.now !== 'function') report('clock', 'lacks now(). Leave it out for the clock of the machine.');

  if (given?.userKey !== undefined && typeof given.userKey !== 'function')
    report('userKey', 'must be a function of the user.');

  if (problems.length > 0) throw new SessionConfigError(problems, `${WHAT}()`);
  return {
    sealed,
    policy,
    clock,
    ...(given.userKey && { userKey: checkedUserKey((user) => given.userKey?.(user) ?? '') }),
    usualCookie: cookieRecord(cookie, false),
    // It is not known here whether a request came over https.
    newCookie: cookieRecord(cookie, production),
  };
}

/**
 * The attributes of a new session's cookie, as a `Cookie` of express-session would write them into its record.
 * @param auto what `secure: 'auto'` means
 */
export function cookieRecord(options: ResolvedCookieOptions, auto: boolean): CookieRecord {
  const { maxAge, httpOnly, path, domain, partitioned, priority } = options;
  const secure = options.secure === 'auto' ? auto : options.secure;
  const sameSite = options.sameSite === 'auto' ? (secure ? 'none' : 'lax') : options.sameSite;
  return {
    originalMaxAge: maxAge,
    expires: null,
    httpOnly,
    path,
    ...(secure !== undefined && { secure }),
    ...(sameSite !== undefined && { sameSite }),
    ...(domain !== undefined && { domain }),
    ...(partitioned !== undefined && { partitioned }),
    ...(priority !== undefined && { priority }),
  };
}
