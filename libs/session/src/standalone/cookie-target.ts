import type { SetCookie } from 'cookie';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { CookieAttributes, ResponseHeaders } from '../http/transport/cookie-attributes.js';
import { keepOutOfCaches, writeCookie } from '../http/transport/session-cookie.js';
import { isHeaders, type ReadableCookies } from './cookie-source.js';

/** Attributes of a cookie, with the names of Next.js. */
export interface SetCookieAttributes extends Omit<CookieAttributes, 'secure'> {
  readonly secure?: boolean | undefined;
  readonly expires?: Date | undefined;
  /** Seconds. */
  readonly maxAge?: number | undefined;
}

/**
 * `await cookies()` where Next.js lets cookies be set: in a server action or a route handler. (`request.cookies` is
 * not writable: cookies set there do not reach the browser.)
 */
export interface WritableCookies extends ReadableCookies {
  set(name: string, value: string, attributes: SetCookieAttributes): unknown;
  clear?: never;
}

/** A response of Node: `ServerResponse`, `NextApiResponse`, `context.res` of `getServerSideProps`. */
export interface NodeResponse extends ResponseHeaders {
  readonly headersSent: boolean;
}

/** A response whose cookies Next.js manages: `NextResponse`. */
export interface ResponseWithCookies {
  readonly headers: Headers;
  readonly cookies: { set(name: string, value: string, attributes: SetCookieAttributes): unknown };
}

/** Where cookies can be written. */
export type CookieAnswer = NodeResponse | { readonly headers: Headers } | Headers;

/** Where the cookies of a session go. */
export interface CookieTarget {
  /**
   * @param what the call that writes
   * @param sent a cookie that the browser has. It may be set once more, where only trying shows whether that is allowed.
   * @throws `SessionUsageError` if nothing can be written
   */
  requireWritable(what: string, sent: SetCookie | undefined): void;

  /** Sets cookies. Each replaces an earlier one of its name. */
  write(what: string, cookies: readonly SetCookie[]): void;
}

/**
 * Writes cookies to a response.
 * @throws `SessionUsageError` if it is no response
 */
export function responseTarget(given: unknown): CookieTarget {
  if (isHeaders(given)) return new HeaderTarget(ofHeaders(given));
  if (typeof given === 'object' && given !== null) {
    if ('setHeader' in given) return new HeaderTarget(given as NodeResponse);
    if ('headers' in given && isHeaders(given.headers)) {
      return hasCookies(given)
        ? new JarTarget(given.cookies, given.headers)
        : new HeaderTarget(ofHeaders(given.headers));
    }
  }
  throw unwritable();
}

/**
 * Writes cookies to `await cookies()`.
 * @throws `SessionUsageError` if it is something else
 */
export function cookiesTarget(given: unknown): CookieTarget {
  if (canSet(given)) return new JarTarget(given);
  throw unwritable();
}

const unwritable = (): SessionUsageError =>
  new SessionUsageError(
    'SESSION_COOKIE_SOURCE',
    'open() was given nothing to write cookies to. Call open(await cookies()) in a server action or route handler, ' +
      'open(req, res) in an API route, or open(request, response) with a Response or Headers.',
  );

type Jar = Pick<WritableCookies, 'set'>;

const canSet = (given: unknown): given is Jar =>
  typeof given === 'object' && given !== null && 'set' in given && typeof given.set === 'function';
const hasCookies = (given: object): given is ResponseWithCookies => 'cookies' in given && canSet(given.cookies);

const ofHeaders = (headers: Headers): ResponseHeaders => ({
  getHeader: (name) => (/^set-cookie$/i.test(name) ? headers.getSetCookie() : (headers.get(name) ?? undefined)),
  setHeader: (name, value) => {
    const [first, ...rest] = typeof value === 'string' ? [value] : value;
    if (first !== undefined) headers.set(name, first);
    for (const more of rest) headers.append(name, more);
  },
});

/** Set-Cookie headers. */
class HeaderTarget implements CookieTarget {
  constructor(private readonly headers: ResponseHeaders & Partial<Pick<NodeResponse, 'headersSent'>>) {}

  requireWritable(what: string): void {
    const { headers } = this;
    if (headers.headersSent) throw SessionUsageError.headersSent(`${what} was called`);
    writing(what, () => keepOutOfCaches(headers));
  }

  write(what: string, cookies: readonly SetCookie[]): void {
    this.requireWritable(what);
    for (const cookie of cookies) writeCookie(this.headers, cookie);
  }
}

/** `await cookies()` of Next.js. Whether it is writable shows only when a cookie is set. */
class JarTarget implements CookieTarget {
  constructor(
    private readonly jar: Jar,
    private readonly headers?: Headers,
  ) {}

  requireWritable(what: string, sent: SetCookie | undefined): void {
    if (sent) this.write(what, [sent]);
  }

  write(what: string, cookies: readonly SetCookie[]): void {
    writing(what, () => {
      for (const { name, value = '', ...attributes } of cookies) this.jar.set(name, value, attributes);
      if (this.headers) keepOutOfCaches(ofHeaders(this.headers));
    });
  }
}

function writing(what: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    // Next.js uses errors with a digest for its control flow, so they are passed on.
    if (typeof error === 'object' && error !== null && 'digest' in error) throw error;
    throw new SessionUsageError(
      'SESSION_NOT_WRITABLE',
      `${what} cannot set a cookie here. Call it in a server action, a route handler, an API route or proxy.ts; while a ` +
        'Server Component renders, and in after(), cookies can only be read: use read(). Of a Response that fetch() or ' +
        'Response.redirect() made, pass a copy: new Response(body, response).',
      { cause: error },
    );
  }
}
