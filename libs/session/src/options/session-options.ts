import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.js';
import type { ConflictResolver } from '../core/merge.js';
import type { SessionUser } from '../core/session-user.js';
import type { CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { AuthVersionOf, AuthVersionOptions } from './auth-version.js';
import type { ClientOptions } from './client-options.js';
import type { Duration } from './duration.js';
import type { SessionRegistryOptions } from './registry-options.js';
import type { TimeoutPresetName } from './presets.js';

export type { ResolvedCookieOptions, ResolvedDeadlines, ResolvedSessionOptions } from './resolved-options.js';

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
   * The deadlines of an assurance level of NIST SP 800-63B-4, instead of the defaults: `'aal1'` 30 days and no idle
   * timeout, `'aal2'` 24 hours and 1 hour, `'aal3'` 12 hours and 15 minutes. Longer deadlines are refused, at start
   * and at login; those of {@link timeouts} are cut to it.
   * @default undefined: idleTimeout '30m' and absoluteTimeout '8h'
   */
  preset?: TimeoutPresetName | undefined;
  /**
   * Deadlines by role, tenant or any other property of the user. Called at each login, and with `undefined` for each
   * anonymous session. `idleTimeout` and `absoluteTimeout` apply to what it leaves out; options of `login()` take precedence.
   * @default undefined: the same for all users
   * @example
   * timeouts: (user) => (user === undefined ? { absolute: '1h' } : user.roles?.includes('admin') ? { idle: '10m' } : {})
   */
  timeouts?: TimeoutsOf | undefined;
  /**
   * Rotates the secret of a session when it is this old, with the next response that can set the cookie. At least a minute.
   * A browser that never gets that response is signed out, which is why it is off by default. Not with `ids: 'plain'`.
   * @default false
   */
  rotateAfter?: Duration | false | undefined;
  /**
   * For this long after such a rotation, requests with the previous secret are full ones, and get the new one. At most a
   * minute, `0` for no grace. There is none after a login, a change of rights or a logout.
   * @default '10s'
   */
  rotationGrace?: Duration | undefined;
  /**
   * What happens when a token is sent that was replaced more than a minute ago. `'tell'` emits the event `reuse`; `'end'`
   * ends the session as well, as OAuth does with refresh tokens (RFC 9700, section 4.14.2). A browser on a bad network that
   * never got the response with its new cookie looks the same as a thief, and its user is signed out.
   * @default 'tell'
   */
  onReuse?: 'tell' | 'end' | undefined;
  /**
   * Renews the session and sends the cookie with every response. Costs one store write per response.
   * @default false
   */
  rolling?: boolean | undefined;
  /**
   * Stores new sessions without any values.
   * @default false: a request that only reads gets no record and no cookie
   */
  saveUninitialized?: boolean | undefined;
  /**
   * Saves sessions that did not change, on every request. Accepted for options of express-session; saves are
   * conditional here, so it is not needed.
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
   * Makes the names of sessions: unique, 8 to 64 letters, digits, `-` and `_`. They are not secret. With `ids: 'plain'` it
   * makes the ids, which must be unguessable: at least 22 characters from a CSPRNG, and no UUID (ASVS V11.5.1).
   * @default 16 random bytes, base64url; 32 for plain ids
   */
  genid?: ((req: IncomingMessage) => string) | undefined;
  /**
   * Whether `X-Forwarded-Proto` says if a request came over https. If it has several entries, all of them have to be https:
   * those before the last one may be from the client. Undefined uses Express' `trust proxy`.
   * @default undefined
   */
  proxy?: boolean | undefined;
  /**
   * Gives browsers a sealed copy of their session that is valid for this long, in a separate cookie, so that most requests
   * do not ask the store. The price: after another process ends or changes a session, the old state may be used for up to
   * this long. Changes of a request are written to the store at once, and merged as always.
   * @default undefined: every request asks the store
   */
  cache?: Duration | undefined;
  /**
   * What happens if a session cannot be loaded. `'fail'`: HTTP 503 as soon as the request uses the session.
   * `'anonymous'`: an empty read-only session.
   * @default 'fail'
   */
  onStoreError?: 'fail' | 'anonymous' | undefined;
  /**
   * Decides the value of a key that two requests changed at the same time.
   * @default the last writer wins
   */
  resolve?: ConflictResolver | undefined;
  /**
   * Reads the record only when a guard, decorator or `SessionService` needs it.
   * @default false
   */
  lazy?: boolean | undefined;
  /**
   * Returns a version of the user, such as a counter or the time of the last change of password or roles. It is called once
   * per request with a user, and a session that began with another version is over (ASVS V7.4.3, V8.3.2). `undefined` or
   * `null` ends it as well: the user does not exist any more. With `whenChanged: 'refresh'` the session goes on with the
   * user that `load` returns.
   * @default undefined: sessions do not depend on it
   * @example
   * authVersion: (user) => users.versionOf(user.id)
   * @example
   * authVersion: { version: (user) => users.versionOf(user.id), whenChanged: 'refresh', load: (user) => users.find(user.id) }
   */
  authVersion?: AuthVersionOf | AuthVersionOptions | undefined;
  /**
   * What is stored of the user that `login()`, `beginLogin()`, `impersonate()` or `authVersion.load` is given, such as an
   * entity of an ORM. It must not be async. What it gives is stored as JSON: own keys, without methods; a `Date` is a text.
   * @default undefined: all own keys of the user; the log warns in development of those that look like a secret
   * @example
   * toSession: (user: UserEntity) => ({ id: user.id, roles: user.roles.map((role) => role.name) })
   */
  toSession?(user: SessionUser): SessionUser;
  /**
   * What a user is found by, where `user.id` alone does not tell all users apart: lists, limits, `SessionRegistry` and
   * revocation go by it, and take it for the id of the user. It gets the user as stored, and depends on nothing else.
   * Changed while sessions live, it does not find them any more.
   * @default (user) => String(user.id): 1 and '1' are one user
   * @example
   * userKey: (user) => `${user.tenant}/${user.id}`
   */
  userKey?(user: SessionUser): string;
  /**
   * What is kept with a session about its user's address and browser, for lists of sessions and for events. Both are
   * personal data: inform your users, or keep less.
   * @default { ip: 'full', userAgent: true }
   */
  client?: ClientOptions | undefined;
  /**
   * How many bytes the values of one session may have as JSON. A change that would exceed it is refused with
   * `SESSION_TOO_LARGE` (413), and the session stays unchanged.
   * @default 65_536
   */
  maxSessionBytes?: number | undefined;
  /** @default the machine's clock */
  clock?: Clock | undefined;
}

/** The type of {@link SessionModuleOptions.timeouts}. It must not be async. */
export type TimeoutsOf = (
  user: SessionUser | undefined,
) => { readonly idle?: Duration | undefined; readonly absolute?: Duration | undefined } | undefined;
