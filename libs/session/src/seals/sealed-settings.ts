import type { ConfigProblem } from '../errors/session-config.error.js';
import { parseDuration } from '../options/duration.js';
import type { SealPassword } from './seal-keys.js';
import type { SealedCookieOptions } from './sealed-options.js';
import type { SessionRevocation } from '../revocation/session-revocation.js';

/** {@link SealedCookieOptions} with defaults. Durations are milliseconds. */
export interface SealedSettings {
  /** The newest first. */
  readonly passwords: readonly SealPassword[];
  readonly cookieName: string;
  /** How long seals of iron-session live with the same options; Infinity for ever. */
  readonly ttl: number;
  /** Null for a cookie that ends with the browser. */
  readonly maxAge: number | null;
  readonly attributes: Omit<NonNullable<SealedCookieOptions['cookieOptions']>, 'maxAge'>;
  readonly chunk: boolean;
  readonly interop: boolean;
  /** Undefined if nothing is revoked. */
  readonly revocation: SessionRevocation | undefined;
}

const KNOWN: readonly string[] = [
  'password',
  'ttl',
  'cookieName',
  'cookieOptions',
  'chunk',
  'interop',
  'revocation',
] satisfies (keyof SealedCookieOptions)[];

const MIN_PASSWORD = 32;
const HOW = 'Make one with `openssl rand -base64 32`.';
const HALF_HOUR = 1_800_000;
/** Browsers keep no cookie for longer (RFC 6265bis, section 5.5). */
const MAX_COOKIE_AGE = 400 * 86_400_000;

/** Options with defaults, and all problems. */
export interface ResolvedSealedOptions {
  readonly settings: SealedSettings;
  readonly problems: readonly ConfigProblem[];
}

/**
 * @param what the function that was given the options, for the paths of problems
 * @param others options of that function besides these
 */
export function resolveSealedOptions(
  given: SealedCookieOptions,
  what: string,
  others: readonly string[] = [],
): ResolvedSealedOptions {
  const known = [...KNOWN, ...others];
  const options: Partial<SealedCookieOptions> = typeof given === 'object' && given !== null ? given : {};
  const problems: ConfigProblem[] = [];
  const report = (option: string, problem: string): void => void problems.push({ path: `${what}.${option}`, problem });

  for (const key of Object.keys(options)) {
    if (!known.includes(key)) report(key, `no such option. Known: ${known.join(', ')}.`);
  }
  const passwords = passwordsOf(report, options.password);
  const { maxAge: age, ...attributes } = options.cookieOptions ?? {};
  const endsWithBrowser = options.cookieOptions !== undefined && 'maxAge' in options.cookieOptions && age === undefined;
  const ttlGiven = seconds(options.ttl);
  const ageGiven = seconds(age);
  if (options.ttl !== undefined && options.ttl !== 'never' && ttlGiven === undefined)
    report('ttl', "must be seconds, a duration such as '30m', or 'never'.");
  if (age !== undefined && ageGiven === undefined)
    report('cookieOptions.maxAge', "must be seconds, or a duration such as '30m'.");
  const ttl = options.ttl === 'never' ? Infinity : (ttlGiven ?? ageGiven ?? HALF_HOUR);
  if (ageGiven !== undefined && ageGiven > ttl)
    report('cookieOptions.maxAge', 'is longer than ttl: the browser would keep a cookie that opens no session.');
  for (const key of ['chunk'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'boolean') report(key, 'must be true or false.');
  }
  if (options.cookieName !== undefined && (typeof options.cookieName !== 'string' || options.cookieName === ''))
    report('cookieName', 'must be the name of a cookie, such as session.');
  if (options.interop !== undefined && options.interop !== 'iron-session')
    report('interop', "must be 'iron-session', or be left out.");
  checkRevocation(report, options.revocation);
  return {
    problems,
    settings: {
      passwords,
      cookieName: options.cookieName ?? 'session',
      ttl,
      maxAge: endsWithBrowser ? null : (ageGiven ?? Math.min(ttl, MAX_COOKIE_AGE)),
      attributes,
      chunk: options.chunk ?? false,
      interop: options.interop === 'iron-session',
      revocation: typeof options.revocation === 'object' ? options.revocation : undefined,
    },
  };
}

/** The problems of a revocation store in production. */
export function unfitForProduction(revocation: SessionRevocation | undefined, what: string): ConfigProblem[] {
  if (!revocation || !('allowInProduction' in revocation) || revocation.allowInProduction !== false) return [];
  const problem =
    'memoryRevocation() forgets logouts at a restart, and is not shared between processes. Use another one, ' +
    'or memoryRevocation({ allowInProduction: true }).';
  return [{ path: `${what}.revocation`, problem }];
}

type Report = (option: string, problem: string) => void;

/** The newest first: iron-session seals with the highest number. */
function passwordsOf(report: Report, given: unknown): SealPassword[] {
  if (given === undefined || given === '') {
    report('password', `is required: at least ${MIN_PASSWORD} random characters. ${HOW}`);
    return [];
  }
  const entries: [string, unknown][] =
    typeof given === 'object' && given !== null ? Object.entries(given) : [['1', given]];
  if (entries.length === 0) report('password', `is an empty map. Give at least one: { 1: '...' }. ${HOW}`);
  const seen = new Set<unknown>();
  const passwords: SealPassword[] = [];
  for (const [id, secret] of entries) {
    const path = typeof given === 'object' ? `password[${id}]` : 'password';
    if (!/^\d{1,9}$/.test(id)) report(path, 'has a key that is no whole number. Give { 1: old, 2: new }.');
    else if (typeof secret !== 'string')
      report(path, `must be a string of at least ${MIN_PASSWORD} characters. ${HOW}`);
    else if (secret.length < MIN_PASSWORD) {
      report(path, `has ${secret.length} characters and needs ${MIN_PASSWORD}. ${HOW}`);
    } else if (new Set(secret).size < 8) {
      report(path, `can be guessed: it repeats a few characters, and guessing is not slowed down. ${HOW}`);
    } else if (seen.has(secret)) report(path, 'is the same as another one. Remove it.');
    else passwords.push({ id, secret });
    seen.add(secret);
  }
  return passwords.sort((one, other) => Number(other.id) - Number(one.id));
}

function checkRevocation(report: Report, given: unknown): void {
  if (given === 'none') return;
  const methods = ['read', 'raise', 'revokeBefore'] as const;
  if (
    typeof given === 'object' &&
    given !== null &&
    methods.every((name) => typeof (given as Record<string, unknown>)[name] === 'function')
  )
    return;
  report(
    'revocation',
    `${given === undefined ? 'is required' : 'is none'}: redisRevocation(), sqliteRevocation() or memoryRevocation(); or ` +
      "'none', with which copies of a cookie stay valid after logout until they expire (ASVS V7.4.1).",
  );
}

/** Milliseconds of seconds, or of a duration with its unit. */
const seconds = (value: unknown): number | undefined => parseDuration(typeof value === 'number' ? value * 1000 : value);
