import { SessionUsageError } from '../errors/session-usage.error.js';

/**
 * What a request's cookies can be read from:
 * - the Cookie header itself, or undefined or null for none
 * - `await headers()`, or any `Headers`
 * - a `Request` or `NextRequest`
 * - an `IncomingMessage` of Node, `NextApiRequest`, `context.req` of `getServerSideProps`
 * - `await cookies()`, or `request.cookies`. These have one cookie of each name; a header has all.
 */
export type CookieSource =
  | string
  | null
  | undefined
  | Headers
  | { readonly headers: Headers }
  | { readonly headers: { readonly cookie?: string | undefined } }
  | ReadableCookies;

/** `await cookies()` of Next.js, or anything else that returns a decoded cookie by its name. */
export interface ReadableCookies {
  get(name: string): { readonly value: string } | undefined;
}

/**
 * The Cookie header of a source, or the part of it with these names.
 * @throws `SessionUsageError` if it is no source: treating it as an anonymous request would sign users out unnoticed
 */
export function cookieHeader(source: CookieSource, names: readonly string[]): string | undefined {
  if (source === null || source === undefined) return undefined;
  if (typeof source === 'string') return source;
  if (typeof source !== 'object' && typeof source !== 'function') throw unknownSource(source);
  if (isHeaders(source)) return source.get('cookie') ?? undefined;
  if ('headers' in source) return headerOf(source.headers, source);
  if ('get' in source && typeof source.get === 'function') return pairsOf(source, names);
  throw unknownSource(source);
}

/** Accepts Headers of another realm or library too. Collections of cookies have no append(). */
export const isHeaders = (value: unknown): value is Headers =>
  value instanceof Headers ||
  (typeof value === 'object' && value !== null && isMethod(value, 'get') && isMethod(value, 'append'));

const isMethod = (object: object, name: string): boolean =>
  typeof (object as Record<string, unknown>)[name] === 'function';

function headerOf(headers: unknown, source: unknown): string | undefined {
  if (isHeaders(headers)) return headers.get('cookie') ?? undefined;
  if (typeof headers !== 'object' || headers === null || isMethod(headers, 'then')) throw unknownSource(source);
  const { cookie } = headers as { readonly cookie?: unknown };
  if (cookie !== undefined && typeof cookie !== 'string') throw unknownSource(source);
  return cookie;
}

function pairsOf(cookies: ReadableCookies, names: readonly string[]): string | undefined {
  const pairs: string[] = [];
  for (const name of names) {
    const found: unknown = cookies.get(name);
    if (found === undefined || found === null) continue;
    if (typeof found !== 'object') throw unknownSource(cookies, `whose get() gives a ${typeof found}`);
    const { value } = found as { readonly value?: unknown };
    // Next.js returns this for a cookie that proxy.ts has just cleared.
    if (value === undefined) continue;
    if (typeof value !== 'string') throw unknownSource(cookies, `whose get() gives a value that is a ${typeof value}`);
    // Half of a surrogate pair cannot be encoded, and no cookie of this library contains one.
    if (!/\p{Cs}/u.test(value)) pairs.push(`${name}=${encodeURIComponent(value)}`);
  }
  return pairs.length === 0 ? undefined : pairs.join('; ');
}

function unknownSource(given: unknown, detail?: string): SessionUsageError {
  const promise = typeof given === 'object' && given !== null && isMethod(given, 'then');
  const what = promise
    ? 'a promise. Await it first: `await cookies()`, `await headers()`'
    : `${nameOf(given)}${detail === undefined ? '' : ` ${detail}`}`;
  return new SessionUsageError(
    'SESSION_COOKIE_SOURCE',
    `Cookies cannot be read from ${what}. Give a Cookie header, Headers, a Request, a request of Node or Next.js, or ` +
      '`await cookies()`.',
  );
}

/** The kind of a value. Never the value itself, which may contain a cookie. */
function nameOf(given: unknown): string {
  if (typeof given !== 'object' || given === null) return `a ${typeof given}`;
  const { constructor } = given;
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' || name === 'Object'
    ? `an object with the keys ${Object.keys(given).join(', ') || '(none)'}`
    : `a ${name}`;
}
