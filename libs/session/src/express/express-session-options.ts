import type { IncomingMessage } from 'node:http';
import type { CookieOptions, SessionOptions } from 'express-session';
import type { CookieStore } from '../stores/cookie-store.js';
import type { SessionStore } from '../stores/session-store.js';
import type { ConnectStyleStore } from '../stores/connect.store.js';

/** Attributes of the session cookie, as express-session takes them. */
export interface ExpressCookieOptions extends Omit<CookieOptions, 'sameSite'> {
  /**
   * `true` is `'strict'`, `false` sends no attribute. `'auto'` follows the request: `'none'` on https, else `'lax'`.
   * @default false
   */
  sameSite?: CookieOptions['sameSite'] | 'auto';
}

/** The request of Express; with Connect, the one of Node's `http`. */
type Request = Parameters<NonNullable<SessionOptions['genid']>>[0];

/** The options of express-session, with its names and its defaults. */
export interface ExpressSessionOptions extends Omit<SessionOptions, 'cookie' | 'secret' | 'store'> {
  /** Signs the cookie: the first one signs, all verify. Required unless the store is `sealedCookie()`. */
  secret?: SessionOptions['secret'] | undefined;
  /**
   * The attributes, or a function that returns them for a request.
   * @default { path: '/', httpOnly: true, secure: false, maxAge: null }
   */
  cookie?: ExpressCookieOptions | ((req: Request) => ExpressCookieOptions) | undefined;
  /**
   * Any store for express-session, or one of this library. A store for express-session keeps sessions under their plain
   * ids, where express-session finds them too. `sealedCookie()` replaces the store, and sets `name` and `cookie`.
   * @default express-session's MemoryStore
   */
  store?: ConnectStyleStore | SessionStore | CookieStore | undefined;
}

/** An option that is a function of the request. */
export type OfRequest<T> = (req: IncomingMessage) => T;
