import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.js';
import type { ConflictResolver } from '../core/merge.js';
import type { CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { Duration } from './duration.js';

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
   * `'auto'` follows the request: Secure on https only.
   * @default true in production, false in development over http
   */
  secure?: boolean | 'auto' | undefined;
  /** @default 'lax' */
  sameSite?: 'lax' | 'strict' | 'none' | undefined;
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
export interface SessionModuleOptions {
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
   * Makes session ids. Must be unguessable: at least 22 characters from a CSPRNG, and no UUID (ASVS V11.5.1).
   * @default 32 random bytes, base64url
   */
  genid?: ((req: IncomingMessage) => string) | undefined;
  /**
   * Whether `X-Forwarded-Proto` tells if a request came over https. Undefined asks Express' `trust proxy`.
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
  /** @default the machine's clock */
  clock?: Clock | undefined;
}

/** {@link SessionModuleOptions} with every default filled in, checked and frozen: what runs per request reads this. */
export interface ResolvedSessionOptions {
  readonly secrets: readonly (string | Uint8Array)[];
  readonly name: string;
  readonly cookie: ResolvedCookieOptions;
  /** Attributes that differ from request to request, in place of {@link cookie}. */
  readonly cookieFor?: (req: IncomingMessage) => ResolvedCookieOptions;
  readonly store: SessionStore | CookieStore;
  /** Milliseconds; Infinity for never. */
  readonly idleTimeout: number;
  /** Milliseconds; Infinity for never. */
  readonly absoluteTimeout: number;
  readonly rolling: boolean;
  readonly saveUninitialized: boolean;
  readonly resave: boolean;
  readonly unset: 'destroy' | 'keep';
  readonly genid: (req: IncomingMessage) => string;
  readonly proxy: boolean | undefined;
  /** Milliseconds. */
  readonly cache?: number | undefined;
  readonly onStoreError: 'fail' | 'anonymous';
  readonly resolve: ConflictResolver;
  readonly lazy: boolean;
  readonly clock: Clock;
  /** What the log says once at start. */
  readonly notices: readonly string[];
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
