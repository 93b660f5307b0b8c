import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.js';
import type { ConflictResolver } from '../core/merge.js';
import type { SessionUser } from '../core/session-user.js';
import type { CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { AuthVersionOf, AuthVersionOptions, ResolvedAuthVersion } from './auth-version.js';
import type { ClientOptions } from './client-options.js';
import type { Duration } from './duration.js';
import type { ResolvedRegistryOptions, SessionRegistryOptions } from './registry-options.js';
import type { TimeoutPresetName } from './presets.js';

/** Attributes of the session cookie. The names are express-session's. */
export interface SessionCookieOptions {
  /**
   * How long the browser keeps the cookie, and with it the session's idle timeout. Without it the cookie ends with the
   * browser, as OWASP and NIST SP 800-63B ask for; `login(user, { remember })` makes a single session last.
   * @default undefined: a browser-session cookie
   */
  maxAge?: Duration | undefined;
  /** @default true; refused if false: scripts must not read the session id (ASVS V3.3.4) */
  httpOnly?: boolean | undefined;
  /**
   * `'auto'` follows the request: Secure on https only. Refused in production, as `false` is.
   * @default true in production, false in development over http
   */
  secure?: boolean | 'auto' | undefined;
  /** `true` is `'strict'`. @default 'lax' */
  sameSite?: true | 'lax' | 'strict' | 'none' | undefined;
  /** @default '/' */
  path?: string | undefined;
  /** Shares the cookie with subdomains; then the name cannot begin with `__Host-`. @default none: this host only */
  domain?: string | undefined;
  /** For an application embedded in other sites (CHIPS). Needs `secure: true` and `sameSite: 'none'`. @default false */
  partitioned?: boolean | undefined;
  /** @default none */
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** What `SessionModule.forRoot()` takes. Everything is checked when the application starts. */
export interface SessionModuleOptions extends SessionRegistryOptions {
  /**
   * Signs the cookie: at least 32 characters, random. In an array the first one signs and all verify, so a secret is
   * changed by putting the new one first. `openssl rand -base64 32` makes one.
   * @default a random one in development; required in production
   */
  secret?: string | string[] | undefined;
  /**
   * Name of the cookie.
   * @default '__Host-sid', or 'sid' where the cookie is not Secure or has a domain or path
   */
  name?: string | undefined;
  cookie?: SessionCookieOptions | undefined;
  /**
   * Where sessions live: `memoryStore()`, `sqliteStore()`, `redisStore()`, `connectStore(anyExpressSessionStore)` or
   * your own; or `sealedCookie()`, which keeps each in its own cookie and decides `name`, `cookie` and `idleTimeout`.
   * @default memoryStore() in development; required in production
   */
  store?: SessionStore | CookieStore | undefined;
  /**
   * Ends a session that is not used for this long. Renewals are throttled to one per 10 % of it.
   * @default '30m', or cookie.maxAge
   */
  idleTimeout?: Duration | undefined;
  /**
   * Ends a session this long after login, however much it is used; `false` for never.
   * @default '8h'
   */
  absoluteTimeout?: Duration | false | undefined;
  /**
   * The deadlines of a level of assurance of NIST SP 800-63B-4, in place of the defaults: `'aal1'` 30 days and no idle
   * timeout, `'aal2'` 24 hours and 1 hour, `'aal3'` 12 hours and 15 minutes. Looser deadlines beside it are refused, at
   * start and at login; what {@link timeouts} gives is cut to it.
   * @default undefined: idleTimeout '30m' and absoluteTimeout '8h'
   */
  preset?: TimeoutPresetName | undefined;
  /**
   * Deadlines by role, tenant or whatever the user says of himself, asked at each login, and with `undefined` for each
   * anonymous session. What it leaves out is `idleTimeout` and `absoluteTimeout`; what `login()` is given goes first.
   * @default undefined: the same for everybody
   * @example
   * timeouts: (user) => (user === undefined ? { absolute: '1h' } : user.roles?.includes('admin') ? { idle: '10m' } : {})
   */
  timeouts?: TimeoutsOf | undefined;
  /**
   * Gives a session another secret when its secret is this old, with the next response that can carry the cookie. At least
   * a minute. A browser that never gets that response is signed out, which is why it is off unless asked for. Not with
   * `ids: 'plain'`.
   * @default false
   */
  rotateAfter?: Duration | false | undefined;
  /**
   * For this long after such a rotation, requests that still carry the secret before are full ones, and are given the new
   * one. At most a minute, `0` for not at all. After a login, a change of rights or a logout there is no such time.
   * @default '10s'
   */
  rotationGrace?: Duration | undefined;
  /**
   * What happens when a token comes back that was replaced more than a minute ago. `'tell'` emits the event `reuse`;
   * `'end'` ends the session as well, as OAuth does with refresh tokens (RFC 9700, section 4.14.2). A browser on a bad
   * network that never got an answer with its new cookie looks like a thief then, and its user is signed out.
   * @default 'tell'
   */
  onReuse?: 'tell' | 'end' | undefined;
  /**
   * Renews the session and sends the cookie with every response. Costs a store write for each.
   * @default false
   */
  rolling?: boolean | undefined;
  /**
   * Stores new sessions that nothing was written to.
   * @default false: a visitor who only reads gets no record and no cookie
   */
  saveUninitialized?: boolean | undefined;
  /**
   * Saves sessions that did not change, on every request. Accepted so that options move over from express-session;
   * saves are conditional here, so nothing needs it.
   * @default false
   */
  resave?: boolean | undefined;
  /**
   * What happens to the record when `req.session` is set to null: `'keep'` ignores the changes of the request, `'destroy'`
   * ends the session.
   * @default 'keep'
   */
  unset?: 'destroy' | 'keep' | undefined;
  /**
   * Makes the names of sessions: unique, 8 to 64 letters, digits, `-` and `_`. They are no secrets. With `ids: 'plain'` it
   * makes the ids, which must be unguessable: at least 22 characters from a CSPRNG, and no UUID (ASVS V11.5.1).
   * @default 16 random bytes, base64url; 32 for plain ids
   */
  genid?: ((req: IncomingMessage) => string) | undefined;
  /**
   * Whether `X-Forwarded-Proto` tells if a request came over https. Where it lists several, all of them have to say so:
   * what stands before the last one may come from the client. Undefined asks Express' `trust proxy`.
   * @default undefined
   */
  proxy?: boolean | undefined;
  /**
   * Lets browsers carry a sealed copy of their session for this long, in a cookie of its own, so that most requests ask
   * the store nothing. The price: a session that another process ends or changes is seen as it was for up to this long.
   * What a request changes is written to the store at once, and merged as ever.
   * @default undefined: every request asks the store
   */
  cache?: Duration | undefined;
  /**
   * What a request gets whose session cannot be loaded. `'fail'`: HTTP 503 as soon as it asks for the session.
   * `'anonymous'`: an empty read-only session.
   * @default 'fail'
   */
  onStoreError?: 'fail' | 'anonymous' | undefined;
  /**
   * Decides a key that two requests changed at the same time.
   * @default the last writer wins
   */
  resolve?: ConflictResolver | undefined;
  /**
   * Reads the record only when a guard, decorator or `SessionService` asks for it.
   * @default false
   */
  lazy?: boolean | undefined;
  /**
   * Gives a version of the user, such as a counter or the time of his last change of password or roles. Every request
   * of somebody who is logged in asks it once, and a session that began with another version is over (ASVS V7.4.3,
   * V8.3.2); `undefined` or `null` ends it as well: there is no such user any more. With `whenChanged: 'refresh'` the
   * session goes on with what `load` gives.
   * @default undefined: sessions do not depend on it
   * @example
   * authVersion: (user) => users.versionOf(user.id)
   * @example
   * authVersion: { version: (user) => users.versionOf(user.id), whenChanged: 'refresh', load: (user) => users.find(user.id) }
   */
  authVersion?: AuthVersionOf | AuthVersionOptions | undefined;
  /**
   * What is kept with a session of where its user comes from, for lists of sessions and for events. Both are personal
   * data: say so to your users, or keep less.
   * @default { ip: 'full', userAgent: true }
   */
  client?: ClientOptions | undefined;
  /**
   * Bytes of JSON that the values of one session may take. What would make it larger is refused with
   * `SessionTooLargeException` (413), and the session stays as it was.
   * @default 65_536
   */
  maxSessionBytes?: number | undefined;
  /** @default the machine's clock */
  clock?: Clock | undefined;
}

/** What {@link SessionModuleOptions.timeouts} is. It must not be async. */
export type TimeoutsOf = (
  user: SessionUser | undefined,
) => { readonly idle?: Duration | undefined; readonly absolute?: Duration | undefined } | undefined;

/** When sessions and their ids end. Milliseconds; Infinity for never. */
export interface ResolvedDeadlines {
  readonly idleTimeout: number;
  readonly absoluteTimeout: number;
  readonly preset?: TimeoutPresetName | undefined;
  /** @throws `SessionUsageError` if the application's function gave no durations */
  readonly timeouts?: (user: SessionUser | undefined) => { readonly idle?: number; readonly absolute?: number };
  /** Undefined if ids are not renewed by age. */
  readonly rotateAfter?: number;
  /** @default 0 */
  readonly rotationGrace?: number;
}

/** {@link SessionModuleOptions} with every default filled in, checked and frozen: what runs per request reads this. */
export interface ResolvedSessionOptions extends ResolvedDeadlines, ResolvedRegistryOptions {
  readonly secrets: readonly (string | Uint8Array)[];
  readonly name: string;
  readonly cookie: ResolvedCookieOptions;
  /** Attributes that differ from request to request, in place of {@link cookie}. */
  readonly cookieFor?: (req: IncomingMessage) => ResolvedCookieOptions;
  /** `session.cookie` may add to HttpOnly and Secure of {@link cookie}, and take nothing from them. @default false */
  readonly firmCookie?: boolean;
  readonly store: SessionStore | CookieStore;
  readonly rolling: boolean;
  readonly saveUninitialized: boolean;
  readonly resave: boolean;
  readonly unset: 'destroy' | 'keep';
  /** Undefined for the library's own. */
  readonly genid?: (req: IncomingMessage) => string;
  /** @default 'tell' */
  readonly onReuse?: 'tell' | 'end';
  /** `'first'` believes the first of several, as express-session does. */
  readonly proxy: boolean | 'first' | undefined;
  /** Milliseconds. */
  readonly cache?: number | undefined;
  readonly onStoreError: 'fail' | 'anonymous';
  readonly resolve: ConflictResolver;
  readonly lazy: boolean;
  readonly authVersion?: ResolvedAuthVersion;
  readonly client?: ClientOptions | undefined;
  /** @default Infinity */
  readonly maxSessionBytes?: number;
  readonly clock: Clock;
  /** What the log says once at start. */
  readonly notices: readonly string[];
  /** What it warns of at every start. @default none */
  readonly warnings?: readonly string[];
}

/** Cookie attributes of a new session. */
export interface ResolvedCookieOptions {
  readonly maxAge: number | null;
  readonly httpOnly: boolean;
  readonly secure: boolean | 'auto' | undefined;
  readonly sameSite: 'lax' | 'strict' | 'none' | 'auto' | boolean | undefined;
  readonly path: string;
  readonly domain: string | undefined;
  readonly partitioned: boolean | undefined;
  readonly priority: 'low' | 'medium' | 'high' | undefined;
}
