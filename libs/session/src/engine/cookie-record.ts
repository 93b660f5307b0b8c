import expressSession, { type Cookie } from 'express-session';
import { defined } from '../core/defined.js';
import { maxAgeOf } from '../core/deadlines.js';
import type { CookieRecord } from '../core/record.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';

type Serializable = Cookie &
  Pick<CookieRecord, 'partitioned' | 'priority'> & {
    toJSON(): CookieRecord;
    originalMaxAge: number | null;
    expires?: Date | null;
  };

const ExpressCookie = expressSession.Cookie as unknown as new (options: object) => Serializable;

/** The cookie of a new session. */
export function newCookie(options: ResolvedCookieOptions, secure: boolean): Cookie {
  const { maxAge, ...attributes } = options;
  const cookie = new ExpressCookie(
    defined({
      ...attributes,
      secure: options.secure === 'auto' ? secure : options.secure,
      sameSite: options.sameSite === 'auto' ? (secure ? 'none' : 'lax') : options.sameSite,
    }),
  );
  if (maxAge !== null) cookie.maxAge = maxAge;
  cookie.originalMaxAge = maxAge;
  return cookie;
}

/** The cookie of a stored session. */
export function restoreCookie(record: CookieRecord): Cookie {
  const { originalMaxAge, expires, ...attributes } = record;
  const cookie = new ExpressCookie(defined(attributes));
  cookie.expires = expires ? new Date(expires) : null;
  // The setters compute it from the clock, and it would drift with every request.
  cookie.originalMaxAge = maxAgeOf({ originalMaxAge });
  return cookie;
}

/** The attributes to store. */
export function recordCookie(cookie: Cookie): CookieRecord {
  if (cookie instanceof ExpressCookie) {
    const { expires, originalMaxAge, path, domain, httpOnly, secure, sameSite, partitioned, priority } = cookie;
    const attributes = { path, domain, httpOnly, secure, sameSite, partitioned, priority };
    return { ...defined(attributes), expires: dateText(expires), originalMaxAge: maxAgeOf({ originalMaxAge }) };
  }
  // The application has put something of its own in place of it.
  const json = JSON.parse(JSON.stringify(cookie)) as CookieRecord;
  // `expires = false` is how express-session's users ask for a cookie that ends with the browser.
  return { ...json, expires: typeof json.expires === 'string' ? json.expires : null, originalMaxAge: maxAgeOf(json) };
}

const dateText = (date: unknown): string | null =>
  date instanceof Date && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
