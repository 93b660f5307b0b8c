import type { SessionCookieOptions } from '../options/session-options.js';
import type { SessionRevocation } from '../revocation/session-revocation.js';

/** Seconds, as in iron-session, or a number with a unit such as `'30m'`. */
export type Seconds = number | `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`;

/** Attributes of the sealed cookie. The names and units are iron-session's. */
export interface SealedCookieAttributes extends Omit<SessionCookieOptions, 'maxAge'> {
  /**
   * How long the browser keeps the cookie, in seconds. Each response that changes the session, or comes after a tenth of
   * this time, renews it. With an explicit `undefined`, the cookie ends with the browser.
   * @default `ttl`, or 1800
   */
  maxAge?: Seconds | undefined;
}

/** How sessions are sealed into a cookie: the options of iron-session, and additional ones. */
export interface SealedCookieOptions {
  /**
   * Seals the cookie: at least 32 random characters, because guessing is not slowed down. In a map, the password with the
   * highest number seals, and all open: `{ 1: old, 2: new }`. `openssl rand -base64 32` makes one.
   */
  password: string | Readonly<Record<number | string, string>> | undefined;

  /**
   * Ends a session that is not used for this long, in seconds: the idle timeout. `'never'` makes seals that never
   * expire, as `ttl: 0` in iron-session; set `absoluteTimeout: false` as well then.
   * @default `cookieOptions.maxAge`, or 1800
   */
  ttl?: Seconds | 'never' | undefined;

  /**
   * Name of the cookie. Seals of another name do not open, unless with `interop`.
   * @default 'session'
   */
  cookieName?: string | undefined;

  /** @default { maxAge: 1800, httpOnly: true, sameSite: 'lax', path: '/', secure: true in production } */
  cookieOptions?: SealedCookieAttributes | undefined;

  /**
   * Splits a session that is too large for one cookie over up to four, as iron-session does. Browsers send all of them with
   * every request, and many proxies accept 8 KB of headers at most.
   * @default false: a session that is too large is refused
   */
  chunk?: boolean | undefined;

  /**
   * Makes seals that iron-session 9 can read, and reads those of iron-session 8 and 9. A seal that was made for another
   * purpose with this password is a session too then: use the password for nothing else.
   * @default undefined: keys for this purpose and cookie name only
   */
  interop?: 'iron-session' | undefined;

  /**
   * Remembers which sessions are over. With `'none'`, logout clears the cookie in the browser, and a copy of it stays valid
   * until it expires.
   */
  revocation: SessionRevocation | 'none';
}
