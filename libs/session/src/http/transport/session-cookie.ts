import type { ServerResponse } from 'node:http';
import { stringifySetCookie, type SetCookie } from 'cookie';
import type { Cookie } from 'express-session';
import type { CookieAttributes, ResponseHeaders } from './cookie-attributes.js';

/** No more cookies of one name than this are read, so that many forged ones cost little. */
const MAX_COOKIES = 16;

/**
 * The values of every cookie of a name, in the order they come. Names are compared byte by byte and never decoded, as
 * RFC 6265bis section 5.4 wants for prefixes; a browser may send several cookies of one name (section 4.2.2).
 * @returns undefined in place of a value that cannot be decoded
 */
export function cookieValues(header: string | undefined, name: string): (string | undefined)[] {
  if (header === undefined || !header.includes(name)) return [];
  const values: (string | undefined)[] = [];
  for (let start = 0; start < header.length && values.length < MAX_COOKIES;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    let from = start;
    while (SPACE.includes(header[from])) from++;
    if (header.startsWith(name, from) && header[from + name.length] === '=')
      values.push(decode(header.slice(from + name.length + 1, end)));
    start = end + 1;
  }
  return values;
}

// Only these: other white space of Unicode is part of a name or value.
const SPACE: unknown[] = [' ', '\t'];

function decode(raw: string): string | undefined {
  let length = raw.length;
  while (SPACE.includes(raw[length - 1])) length--;
  const trimmed = raw.slice(0, length);
  const value = trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** The last date of a cookie: the year has four digits. */
const LAST_INSTANT = Date.UTC(9999, 11, 31);

/** Sets the cookie of a session. */
export function writeSessionCookie(
  res: ServerResponse,
  name: string,
  value: string,
  cookie: Cookie,
  now: number,
): void {
  writeCookie(res, setCookieOf(name, value, cookie, now));
}

/** The cookie of a session, as it is sent. */
export function setCookieOf(
  name: string,
  value: string,
  cookie: CookieAttributes & { readonly expires?: unknown },
  now: number,
): SetCookie {
  const at = cookie.expires instanceof Date ? cookie.expires.getTime() : NaN;
  // An invalid date, in a record or from the application, is no reason to fail.
  const expires = Number.isNaN(at) ? undefined : new Date(Math.min(Math.max(at, 0), LAST_INSTANT));
  const maxAge = expires && Math.max(0, Math.ceil((expires.getTime() - now) / 1000));
  return { name, value, ...attributes(cookie), ...(expires && { expires, maxAge: maxAge ?? 0 }) };
}

/** Clears the cookie, with the attributes with which it was set. */
export function clearSessionCookie(res: ServerResponse, name: string, cookie: Cookie): void {
  writeCookie(res, clearedCookie(name, cookie));
}

/** A cookie that clears another one in the browser. */
export const clearedCookie = (name: string, cookie: CookieAttributes): SetCookie => ({
  name,
  value: '',
  ...attributes(cookie),
  expires: new Date(0),
  maxAge: 0,
});

function attributes(cookie: CookieAttributes): Partial<SetCookie> {
  const { path, domain, httpOnly, secure, sameSite, partitioned, priority } = cookie;
  return {
    ...(path && { path }),
    ...(domain && { domain }),
    ...(httpOnly && { httpOnly }),
    ...(secure === true && { secure }),
    ...(sameSite && { sameSite }),
    ...(partitioned && { partitioned }),
    ...(priority && { priority }),
  };
}

/** Adds a Set-Cookie header, and removes an earlier one of the same name. */
export function writeCookie(res: ResponseHeaders, cookie: SetCookie): void {
  const line = cookieLine(cookie);
  const before = res.getHeader('Set-Cookie');
  const others = (Array.isArray(before) ? before : before === undefined ? [] : [String(before)]).filter(
    (other) => !other.startsWith(`${cookie.name}=`),
  );
  res.setHeader('Set-Cookie', [...others, line]);
  keepOutOfCaches(res);
}

/** The value of a Set-Cookie header. */
export const cookieLine = (cookie: SetCookie): string => stringifySetCookie(cookie, { encode: encodeURIComponent });

/** A response that carries a session cookie belongs to one browser (ASVS V14.3.2, CVE-2023-30861). */
export function keepOutOfCaches(res: ResponseHeaders): void {
  if (!/\bno-store\b/i.test(String(res.getHeader('Cache-Control') ?? ''))) res.setHeader('Cache-Control', 'no-store');
  varyByCookie(res);
}

/** Adds Cookie to `Vary`. */
export function varyByCookie(res: ResponseHeaders): void {
  const vary = String(res.getHeader('Vary') ?? '');
  if (!/(^|,)\s*(cookie|\*)\s*(,|$)/i.test(vary)) res.setHeader('Vary', vary ? `${vary}, Cookie` : 'Cookie');
}
