import type { CookieSource } from './cookie-source.js';
import {
  cookiesTarget,
  responseTarget,
  type CookieAnswer,
  type ResponseWithCookies,
  type WritableCookies,
} from './cookie-target.js';
import { fromOptions } from './from-options.js';
import { OpenSession } from './open-session.js';
import { CookieNotes, forward, type NextResponses } from './proxy-response.js';
import { readSession, type AnySession, type ReadSession } from './read-session.js';
import { SealedJar } from './sealed-jar.js';
import { resolveSealedReaderOptions, type SealedSessionReaderOptions } from './sealed-reader-options.js';
import type { WritableSession } from './writable-session.js';

/**
 * Sessions that `sealedCookie()` of Nest keeps in a cookie, for Next.js and any other code without Nest. Created by
 * {@link createSealedSessionReader}. Every method rejects with
 * - `SessionConfigError` if the options were given as a function and cannot work
 * - `SessionUsageError`, code `SESSION_COOKIE_SOURCE`, for something that cookies cannot be read from
 */
export class SealedSessionReader<T extends object = AnySession> {
  private readonly jar: () => SealedJar;

  constructor(options: SealedSessionReaderOptions | (() => SealedSessionReaderOptions)) {
    this.jar = fromOptions(options, jarOf);
  }

  /**
   * The session of a request. Writes nothing and sets no cookie, so that it can be called anywhere, including Server
   * Components. For the same reason it does not renew: a session that is only read ends by its idle timeout.
   * @returns null if there is none, or if it is forged, expired or revoked
   * @throws `SessionStoreError` during an outage of the revocation store, in which no user must be treated as signed out
   *
   * @example
   * const session = await sessions.read(await cookies());
   * if (!session?.data.user) redirect('/login');
   */
  async read(source: CookieSource): Promise<ReadSession<T> | null> {
    const { live } = await this.jar().find(source, 'read');
    return live ? readSession(live.name, live.record) : null;
  }

  /**
   * As {@link read}, without asking the revocation store: a session that was ended elsewhere is returned until its seal
   * expires. For a first check in proxy.ts that {@link read} follows, close to the data; never to decide what a user may see
   * or do.
   */
  async peek(source: CookieSource): Promise<ReadSession<T> | null> {
    const { live } = await this.jar().find(source, 'peek');
    return live ? readSession(live.name, live.record) : null;
  }

  /**
   * The session of a request for changing, in a server action or a route handler.
   *
   * @example
   * const session = await sessions.open(await cookies());
   * session.data.theme = 'dark';
   * await session.save();
   */
  open(cookies: WritableCookies): Promise<WritableSession<T>>;
  /**
   * The session of a request for changing, with the response that takes its cookies: of Node (API routes,
   * `getServerSideProps`, any server), or a `Response`, `NextResponse` or `Headers`. Give a `NextResponse` itself and
   * not its `headers`, which it overwrites.
   *
   * @example
   * const session = await sessions.open(req, res);
   * await session.logout();
   */
  open(request: CookieSource, response: CookieAnswer): Promise<WritableSession<T>>;
  async open(request: CookieSource, response?: CookieAnswer): Promise<WritableSession<T>> {
    const target = response === undefined ? cookiesTarget(request) : responseTarget(response);
    return new OpenSession<T>(
      this.jar(),
      { target, method: methodOf(request) },
      await this.jar().find(request, 'read'),
    );
  }

  /**
   * For proxy.ts: opens the session of a request, and passes what was saved to the browser and to the rest of the same
   * request, so that pages, route handlers and API routes see it and do not overwrite it. Without a write no cookie is set.
   * @param nextResponse `NextResponse` of next/server
   * @param handle may return a response of its own, such as `NextResponse.redirect(url)`: it gets the cookies
   * @returns what proxy.ts has to return
   * @throws `SessionStoreError` during an outage of the revocation store
   *
   * @example
   * export const proxy = (request: NextRequest) =>
   *   sessions.proxy(request, NextResponse, async (session) => {
   *     session.data.visits = (session.data.visits ?? 0) + 1;
   *     await session.save();
   *   });
   */
  async proxy<R extends ResponseWithCookies>(
    request: { readonly headers: Headers; readonly method?: string },
    nextResponse: NextResponses<R>,
    handle: (session: WritableSession<T>) => Promise<R | undefined | void> | R | undefined | void,
  ): Promise<R> {
    const target = new CookieNotes();
    const { method } = request;
    const session = new OpenSession<T>(this.jar(), { target, method }, await this.jar().find(request, 'read'));
    const answer = (await handle(session)) ?? undefined;
    return forward(request.headers, nextResponse, answer, target.cookies);
  }
}

/**
 * Reads the sessions that `sealedCookie()` of Nest keeps in a cookie, and writes them where cookies can be set. Create
 * one per application and keep it: it caches opened seals.
 *
 * @param options those of `sealedCookie()`, the same on both sides, and `absoluteTimeout` of `SessionModule`; or a
 * function that returns them, which is called at the first use, so that nothing has to be configured while Next.js builds
 * @throws `SessionConfigError` with every problem of the options at once, here or at the first use
 *
 * @example
 * export const sessions = createSealedSessionReader<AppSession>(() => ({
 *   password: process.env.SESSION_PASSWORD!,
 *   revocation: redisRevocation({ url: process.env.REDIS_URL! }),
 * }));
 */
export const createSealedSessionReader = <T extends object = AnySession>(
  options: SealedSessionReaderOptions | (() => SealedSessionReaderOptions),
): SealedSessionReader<T> => new SealedSessionReader<T>(options);

const jarOf = (options: SealedSessionReaderOptions): SealedJar => new SealedJar(resolveSealedReaderOptions(options));

function methodOf(source: CookieSource): string | undefined {
  const method: unknown =
    typeof source === 'object' && source !== null && 'method' in source ? source.method : undefined;
  return typeof method === 'string' ? method.toUpperCase() : undefined;
}
