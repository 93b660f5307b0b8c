import { stringifySetCookie, type SetCookie } from 'cookie';
import type { SessionValues } from '../core/record.js';
import { SessionTooLargeError } from '../errors/session-too-large.error.js';

/** Browsers keep this much of a cookie (RFC 6265bis, section 5.6); iron-session counts its attributes too. */
export const MOST_BYTES = 4_096;
/** As many as iron-session: more than these, and servers refuse the request for the size of its headers. */
const MOST_CHUNKS = 4;

/**
 * Bytes of a request's Cookie header that a session may take: Node refuses all its headers beyond 16 kB with 431, proxies
 * sooner, and then a browser can do nothing any more, log out included.
 */
const MOST_SENT = 12_288;

/** More seals than this are not opened: each costs some cryptography. */
const MOST_SEALS = 4;

const chunkName = (name: string, index: number): string => `${name}.${index}`;

/** The names that a session of this name may have its parts under. */
export const chunkNames = (name: string): string[] =>
  Array.from({ length: MOST_CHUNKS }, (_, index) => chunkName(name, index));

/** Puts together what {@link splitSeal} took apart: the cookie, or its chunks up to the first that is missing. */
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
 * The seals that a request brought, without repetitions: a browser may send several cookies of one name. Whole ones and
 * chunks are read whatever the options say, so that chunks can be switched on and off with people signed in.
 * @param valuesOf the values of all cookies of a name, undefined for one that cannot be decoded
 */
export function readSeals(name: string, valuesOf: (name: string) => readonly (string | undefined)[]): string[] {
  const whole = valuesOf(name).filter((value) => value !== undefined && value !== '');
  const seals = whole.length > 0 ? whole : [joinSeal(name, (part) => valuesOf(part)[0])];
  return [...new Set(seals.filter((seal) => seal !== undefined))].slice(0, MOST_SEALS);
}

/**
 * The cookies that carry a seal: one, or as many as it takes.
 * @param cookie name and attributes
 * @param data what is in the seal, to tell what takes the room
 * @throws `SessionTooLargeError` if it does not fit
 */
export function splitSeal(
  seal: string,
  cookie: Omit<SetCookie, 'value'>,
  chunk: boolean,
  data: SessionValues,
): SetCookie[] {
  const size = cookieBytes({ ...cookie, value: seal });
  if (size <= MOST_BYTES) return [{ ...cookie, value: seal }];
  if (!chunk) {
    throw new SessionTooLargeError(
      size,
      MOST_BYTES,
      largest(data),
      'Keep ids in the session and the rest in your database, set chunk: true for up to four cookies, or keep sessions ' +
        'in a store.',
    );
  }
  const names = chunkNames(cookie.name);
  const room = MOST_BYTES - cookieBytes({ ...cookie, name: chunkName(cookie.name, 0), value: '' });
  // Each chunk comes back as `name=value; `.
  const sent = MOST_SENT - MOST_CHUNKS * (chunkName(cookie.name, 0).length + 3);
  const limit = Math.min(Math.max(0, room) * MOST_CHUNKS, sent);
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

/** What browsers and iron-session count of a cookie. */
export const cookieBytes = (cookie: SetCookie): number => Buffer.byteLength(stringifySetCookie(cookie));

const largest = (data: SessionValues): { key: string; bytes: number }[] =>
  Object.entries(data)
    .map(([key, value]) => ({ key, bytes: Buffer.byteLength(JSON.stringify(value) ?? '') }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, 3);
