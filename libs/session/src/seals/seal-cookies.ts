import { stringifySetCookie, type SetCookie } from 'cookie';
import type { SessionValues } from '../core/record.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';

/** The size limit of a cookie in browsers (RFC 6265bis, section 5.6). iron-session counts the attributes too. */
export const MAX_COOKIE_BYTES = 4_096;
/** As in iron-session. With more chunks, servers refuse the request because of the size of its headers. */
const MAX_CHUNKS = 4;

/**
 * How many bytes of a Cookie header a session may take. Node refuses headers over 16 kB with 431, proxies earlier, and then
 * the user can do nothing any more, not even log out.
 */
const MAX_HEADER_BYTES = 12_288;

/** No more seals than this are opened, because each costs some cryptography. */
const MAX_SEALS = 4;

const chunkName = (name: string, index: number): string => `${name}.${index}`;

/** The names of all cookies that may hold parts of a session. */
export const chunkNames = (name: string): string[] =>
  Array.from({ length: MAX_CHUNKS }, (_, index) => chunkName(name, index));

/** The reverse of {@link splitSeal}: joins the chunks up to the first that is missing. */
export function joinSeal(name: string, valueOf: (name: string) => string | undefined): string | undefined {
  const whole = valueOf(name);
  if (whole) return whole;
  let seal = '';
  for (const part of chunkNames(name)) {
    const value = valueOf(part);
    if (!value) break;
    seal += value;
  }
  return seal === '' ? undefined : seal;
}

/**
 * The seals in a request, without duplicates: a browser may send several cookies of one name. Whole seals and chunks are
 * read whatever the options say, so that chunks can be switched on and off while users are logged in.
 * @param valuesOf the values of all cookies of a name, undefined for one that cannot be decoded
 */
export function readSeals(name: string, valuesOf: (name: string) => readonly (string | undefined)[]): string[] {
  const whole = valuesOf(name).filter((value) => value !== undefined && value !== '');
  const seals = whole.length > 0 ? whole : [joinSeal(name, (part) => valuesOf(part)[0])];
  return [...new Set(seals.filter((seal) => seal !== undefined))].slice(0, MAX_SEALS);
}

/**
 * The cookies that carry a seal: one, or as many as needed.
 * @param cookie name and attributes
 * @param data the content of the seal, to name the largest keys in an error
 * @throws `SessionTooLargeError` if it does not fit
 */
export function splitSeal(
  seal: string,
  cookie: Omit<SetCookie, 'value'>,
  chunk: boolean,
  data: SessionValues,
): SetCookie[] {
  const size = cookieBytes({ ...cookie, value: seal });
  if (size <= MAX_COOKIE_BYTES) return [{ ...cookie, value: seal }];
  if (!chunk) {
    throw new SessionTooLargeError(
      size,
      MAX_COOKIE_BYTES,
      largest(data),
      'Keep ids in the session and the rest in your database, set chunk: true for up to four cookies, or keep sessions ' +
        'in a store.',
    );
  }
  const names = chunkNames(cookie.name);
  const room = MAX_COOKIE_BYTES - cookieBytes({ ...cookie, name: chunkName(cookie.name, 0), value: '' });
  // The browser sends each chunk as `name=value; `.
  const sent = MAX_HEADER_BYTES - MAX_CHUNKS * (chunkName(cookie.name, 0).length + 3);
  const limit = Math.min(Math.max(0, room) * MAX_CHUNKS, sent);
  if (room <= 0 || seal.length > limit) {
    throw new SessionTooLargeError(
      seal.length,
      limit,
      largest(data),
      'Keep ids in the session and the rest in your database, or keep sessions in a store.',
    );
  }
  const count = Math.ceil(seal.length / room);
  return names.slice(0, count).map((name, at) => ({ ...cookie, name, value: seal.slice(at * room, (at + 1) * room) }));
}

/** The size of a cookie as browsers and iron-session count it. */
export const cookieBytes = (cookie: SetCookie): number => Buffer.byteLength(stringifySetCookie(cookie));

const largest = (data: SessionValues): { key: string; bytes: number }[] =>
  Object.entries(data)
    .map(([key, value]) => ({ key, bytes: Buffer.byteLength(JSON.stringify(value) ?? '') }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, 3);
