import type { ServerResponse } from 'node:http';
import { stringifySetCookie, type SetCookie } from 'cookie';
import type { Cookie } from 'express-session';
import type { CookieSignature, VerifiedId } from './cookie-signature.js';

/** More cookies of one name than this are not looked at, so that a crowd of forged ones costs little. */
const CANDIDATES = 16;
/** More live ids than this are not asked for: each costs a read of the store. */
const VERIFIED = 4;

/** What a Cookie header holds for us. */
export interface ReadCookie {
  /** Every value of the name whose signature holds, without repetitions. */
  readonly verified: readonly VerifiedId[];
  /** There were values of the name, and none was ours. */
  readonly forged: boolean;
}

const NONE: ReadCookie = { verified: [], forged: false };

/**
 * Finds the session cookie in a Cookie header. Names are compared byte by byte and never decoded, as RFC 6265bis
 * section 5.4 wants for prefixes; a browser may send several cookies of one name (section 4.2.2).
 */
export function readSessionCookie(header: string | undefined, name: string, signature: CookieSignature): ReadCookie {
  if (header === undefined || !header.includes(name)) return NONE;
  const verified: VerifiedId[] = [];
  let seen = 0;
  for (let start = 0; start < header.length && seen < CANDIDATES && verified.length < VERIFIED;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    const from = skipSpace(header, start);
    if (header.startsWith(name, from) && header[from + name.length] === '=') {
      seen++;
      const value = decode(header.slice(from + name.length + 1, end));
      const found = value === undefined ? undefined : signature.verify(value);
      if (found && !verified.some(({ id }) => id === found.id)) verified.push(found);
    }
    start = end + 1;
  }
  return seen === 0 ? NONE : { verified, forged: verified.length === 0 };
}

// Space and tab and nothing else: what Unicode takes for space is part of a name or value.
const isSpace = (character: string | undefined): boolean => character === ' ' || character === '\t';

function skipSpace(header: string, start: number): number {
  let at = start;
  while (isSpace(header[at])) at++;
  return at;
}

function decode(raw: string): string | undefined {
  let length = raw.length;
  while (length > 0 && isSpace(raw[length - 1])) length--;
  const trimmed = raw.slice(0, length);
  const value = trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Adds the Set-Cookie header, in place of an earlier one of the same name. */
export function writeSessionCookie(
  res: ServerResponse,
  name: string,
  value: string,
  cookie: Cookie,
  now: number,
): void {
  const at = cookie.expires instanceof Date ? cookie.expires : undefined;
  // An instant that is none, in a record or from the application, is no reason to fail.
  const expires = Number.isNaN(at?.getTime()) ? undefined : at;
  const maxAge = expires && Math.max(0, Math.ceil((expires.getTime() - now) / 1000));
  addCookie(res, { name, value, ...attributes(cookie), ...(expires && { expires, maxAge: maxAge ?? 0 }) });
}

/** Takes the cookie out of the browser, with the attributes it was set with. */
export function clearSessionCookie(res: ServerResponse, name: string, cookie: Cookie): void {
  addCookie(res, { name, value: '', ...attributes(cookie), expires: new Date(0), maxAge: 0 });
}

function attributes(
  cookie: Cookie & { partitioned?: boolean; priority?: 'low' | 'medium' | 'high' },
): Partial<SetCookie> {
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

function addCookie(res: ServerResponse, cookie: SetCookie): void {
  const line = stringifySetCookie(cookie, { encode: encodeURIComponent });
  const before = res.getHeader('Set-Cookie');
  const others = (Array.isArray(before) ? before : before === undefined ? [] : [String(before)]).filter(
    (other) => !other.startsWith(`${cookie.name}=`),
  );
  res.setHeader('Set-Cookie', [...others, line]);
  keepOutOfCaches(res);
}

/** A response that carries a session cookie belongs to one browser (ASVS V14.3.2, CVE-2023-30861). */
function keepOutOfCaches(res: ServerResponse): void {
  if (!/\bno-store\b/i.test(String(res.getHeader('Cache-Control') ?? ''))) res.setHeader('Cache-Control', 'no-store');
  varyByCookie(res);
}

/** Adds Cookie to what caches must tell responses apart by. */
export function varyByCookie(res: ServerResponse): void {
  const vary = String(res.getHeader('Vary') ?? '');
  if (!/(^|,)\s*(cookie|\*)\s*(,|$)/i.test(vary)) res.setHeader('Vary', vary ? `${vary}, Cookie` : 'Cookie');
}
