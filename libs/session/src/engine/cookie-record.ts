import { stringifySetCookie } from 'cookie';
import expressSession, { type Cookie } from 'express-session';
import { defined, type Defined } from '../core/defined.js';
import { maxAgeOf } from '../core/deadlines.js';
import { isObject } from '../core/json.js';
import type { CookieRecord } from '../core/record.js';
import { ATTRIBUTE_NAMES } from '../core/same-attributes.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';

type CookieAttributes = Defined<Omit<CookieRecord, 'originalMaxAge' | 'expires'>>;

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

/** The cookie of a stored session. Attributes that cannot be sent are dropped, so that later requests do not fail because of them. */
export function restoreCookie(record: CookieRecord): Cookie {
  const { expires } = record;
  const attributes = attributesOf(record);
  const cookie = new ExpressCookie(problemOf(attributes) === undefined ? attributes : {});
  cookie.expires = expires ? new Date(expires) : null;
  // The setters compute it from the clock, so it would change with every request.
  cookie.originalMaxAge = maxAgeOf(record);
  return cookie;
}

/**
 * The attributes to store.
 * @param cookie the value of `session.cookie`, which the application may have replaced
 * @throws `SessionUsageError` if it is no cookie, or cannot be sent
 */
export function recordCookie(cookie: unknown): CookieRecord {
  if (!isObject(cookie)) throw SessionUsageError.cookie('must be an object of attributes');
  const attributes = attributesOf(cookie);
  const problem = problemOf(attributes);
  if (problem !== undefined) throw SessionUsageError.cookie(problem);
  // With express-session, `expires = false` means a cookie that ends with the browser.
  return { ...attributes, expires: dateText(cookie['expires']), originalMaxAge: maxAgeOf(cookie) };
}

/** Keeps only attributes: the constructor of a cookie would copy any other property. */
function attributesOf(cookie: object): CookieAttributes {
  const given = cookie as Record<string, unknown>;
  const attributes: Record<string, unknown> = {};
  for (const name of ATTRIBUTE_NAMES) if (given[name] !== undefined) attributes[name] = given[name];
  return attributes;
}

/** Why attributes cannot be sent. It uses the function that writes the header, so that both agree. */
function problemOf(attributes: CookieAttributes): string | undefined {
  const { path, domain, sameSite, priority, secure, ...flags } = attributes;
  const usual = path === '/' && domain === undefined && priority === undefined;
  if (usual && (sameSite === 'lax' || sameSite === undefined)) return undefined;
  const sent = defined({ path, domain, sameSite, priority, ...flags });
  try {
    stringifySetCookie({ name: 'name', value: '', ...sent, secure: secure === true });
    return undefined;
  } catch (error) {
    return `cannot be sent: ${error instanceof Error ? error.message : 'an attribute is wrong'}`;
  }
}

const dateText = (date: unknown): string | null => {
  const instant = typeof date === 'string' ? new Date(date) : date;
  return instant instanceof Date && !Number.isNaN(instant.getTime()) ? instant.toISOString() : null;
};
