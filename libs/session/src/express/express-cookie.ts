import type { IncomingMessage } from 'node:http';
import type { ResolvedCookieOptions } from '../options/session-options.js';
import type { ExpressCookieOptions, OfRequest } from './express-session-options.js';

/** The attributes of every cookie, and a function where they depend on the request. */
export interface ExpressCookie {
  readonly cookie: ResolvedCookieOptions;
  readonly cookieFor?: (req: IncomingMessage) => ResolvedCookieOptions;
}

/** @param now the current time, to turn `expires` into an age */
export function resolveExpressCookie(
  given: ExpressCookieOptions | OfRequest<ExpressCookieOptions> | undefined,
  now: () => number,
): ExpressCookie {
  if (typeof given === 'function') {
    return { cookie: attributes({}, now()), cookieFor: (req) => attributes(given(req) ?? {}, now()) };
  }
  const options = given ?? {};
  const cookie = attributes(options, now());
  return holdsInstant(options) ? { cookie, cookieFor: () => attributes(options, now()) } : { cookie };
}

function attributes(given: ExpressCookieOptions, now: number): ResolvedCookieOptions {
  return {
    maxAge: maxAgeOf(given, now),
    httpOnly: given.httpOnly ?? true,
    secure: given.secure,
    sameSite: given.sameSite,
    path: given.path ?? '/',
    domain: given.domain,
    partitioned: given.partitioned,
    priority: given.priority,
  };
}

/** `expires` and `maxAge` mean the same: the one that is written last counts. */
function maxAgeOf(given: ExpressCookieOptions, now: number): number | null {
  let age: number | null = null;
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (name !== 'expires' && name !== 'maxAge') continue;
    if (value instanceof Date) age = value.getTime() - now;
    else age = name === 'maxAge' && typeof value === 'number' ? value : null;
  }
  return age !== null && Number.isFinite(age) ? age : null;
}

const holdsInstant = (given: ExpressCookieOptions): boolean =>
  Object.entries(given).some(([name, value]) => (name === 'expires' || name === 'maxAge') && value instanceof Date);
