import { parseDuration } from './duration.js';
import type { Report } from './report.js';
import type { ResolvedCookieOptions, SessionModuleOptions } from './session-options.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Printable ASCII without ";": what an attribute may hold without starting another one.
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]+$/;
const DOMAIN = /^\.?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const KNOWN = new Set(['maxAge', 'httpOnly', 'secure', 'sameSite', 'path', 'domain', 'partitioned', 'priority']);
// Browsers keep no cookie for longer (RFC 6265bis, section 5.5).
const MAX_COOKIE_AGE = 400 * 86_400_000;

/** Cookie attributes and name. Reports contradictions for which browsers drop the cookie. */
export function resolveCookie(
  report: Report,
  options: SessionModuleOptions,
  production: boolean,
): { cookie: ResolvedCookieOptions; name: string } {
  const given = options.cookie ?? {};
  if (typeof given !== 'object') {
    report(
      'cookie',
      typeof given === 'function'
        ? "must be the same for every request, and is a function. Give an object; secure: 'auto' follows the request."
        : 'must be an object with attributes such as { sameSite, maxAge }.',
    );
    return { cookie: attributes({}, production, undefined, null), name: 'sid' };
  }
  for (const key of Object.keys(given)) {
    if (key === 'expires') report('cookie.expires', 'would be the same instant for every session. Use cookie.maxAge.');
    else if (!KNOWN.has(key)) report(`cookie.${key}`, `no such attribute. Known: ${[...KNOWN].join(', ')}.`);
  }
  const prefix = /^__(host-http|http|host|secure)-/i.exec(options.name ?? '')?.[0];
  const cookie = attributes(given, production, prefix, maxAge(report, given.maxAge));
  if (given.httpOnly === false)
    report('cookie.httpOnly', 'must stay true: scripts must not read the session id (ASVS V3.3.4).');
  if (!([true, false, 'auto'] as unknown[]).includes(cookie.secure))
    report('cookie.secure', "must be true, false or 'auto'.");
  if (production && (cookie.secure === false || cookie.secure === 'auto')) {
    report(
      'cookie.secure',
      `must not be ${cookie.secure ? "'auto'" : 'false'} when NODE_ENV is production: over http the session id would ` +
        "travel readable. Use true; behind a proxy that ends TLS with app.set('trust proxy', 1), or with proxy: true.",
    );
  }
  if (!['lax', 'strict', 'none'].includes(cookie.sameSite as string))
    report('cookie.sameSite', "must be 'lax', 'strict' (or true, which is the same) or 'none'.");
  if (cookie.sameSite === 'none' && cookie.secure !== true)
    report('cookie.sameSite', "'none' needs cookie.secure: true, or browsers drop the cookie.");
  if (typeof cookie.path !== 'string' || !cookie.path.startsWith('/') || !ATTRIBUTE.test(cookie.path)) {
    report('cookie.path', "must begin with '/' and hold no ';' or control character.");
  }
  if (cookie.domain !== undefined && !DOMAIN.test(cookie.domain))
    report('cookie.domain', "must be a domain such as 'example.com', without port, scheme or path.");
  if (cookie.partitioned === true && (cookie.secure !== true || cookie.sameSite !== 'none')) {
    report('cookie.partitioned', "needs cookie.secure: true and cookie.sameSite: 'none'.");
  }
  if (cookie.priority !== undefined && !['low', 'medium', 'high'].includes(cookie.priority))
    report('cookie.priority', "must be 'low', 'medium' or 'high'.");
  return { cookie, name: resolveName(report, options.name, cookie, prefix) };
}

function attributes(
  given: NonNullable<SessionModuleOptions['cookie']>,
  production: boolean,
  prefix: string | undefined,
  age: number | null,
): ResolvedCookieOptions {
  const demanded = production || prefix !== undefined || given.sameSite === 'none' || given.partitioned === true;
  return {
    maxAge: age,
    httpOnly: true,
    secure: given.secure ?? demanded,
    // As express-session and iron-session have it.
    sameSite: given.sameSite === true ? 'strict' : (given.sameSite ?? 'lax'),
    path: given.path ?? '/',
    domain: given.domain,
    partitioned: given.partitioned,
    priority: given.priority,
  };
}

function maxAge(report: Report, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const parsed = parseDuration(value);
  if (parsed === undefined) report('cookie.maxAge', "must be a duration longer than zero: '14d', or milliseconds.");
  else if (parsed > MAX_COOKIE_AGE)
    report('cookie.maxAge', 'must not be longer than 400 days: browsers cut it there (RFC 6265bis, section 5.5).');
  return parsed ?? null;
}

function resolveName(
  report: Report,
  given: unknown,
  cookie: ResolvedCookieOptions,
  prefix: string | undefined,
): string {
  const hostOnly = cookie.secure === true && cookie.path === '/' && cookie.domain === undefined;
  if (given === undefined) return hostOnly ? '__Host-sid' : cookie.secure === true ? '__Secure-sid' : 'sid';
  if (typeof given !== 'string' || !TOKEN.test(given) || given.length > 128) {
    report('name', 'must be a cookie name: letters, digits and -_.~, no space, at most 128 characters.');
    return 'sid';
  }
  if (prefix === undefined) return given;
  const exact = ['__Host-', '__Secure-', '__Http-', '__Host-Http-'];
  if (!exact.includes(prefix))
    report('name', `browsers treat "${prefix}" as a prefix; write it exactly: ${exact.join(', ')}.`);
  if (cookie.secure !== true) report('name', `the prefix ${prefix} needs cookie.secure: true.`);
  if (/host/i.test(prefix) && !(cookie.path === '/' && cookie.domain === undefined)) {
    report(
      'name',
      `the prefix ${prefix} needs path '/' and no domain, or browsers drop the cookie. Use __Secure-, or remove cookie.path and cookie.domain.`,
    );
  }
  return given;
}
