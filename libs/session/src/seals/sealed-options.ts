import type { SessionCookieOptions } from '../options/session-options.js';
import type { SessionRevocation } from '../revocation/session-revocation.js';

/** Seconds, as in iron-session, or a number with a unit such as `'30m'`. */
export type Seconds = number | `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`;

/** Attributes of the sealed cookie. The names and units are iron-session's. */
export interface SealedCookieAttributes extends Omit<SessionCookieOptions, 'maxAge'> {
  /**
   * How long the browser keeps the cookie, in seconds; each response that changes the session, or comes after a tenth
   * of it, begins it anew. Written out as undefined, the cookie ends with the browser.
   * @default `ttl`, or 1800
   */
  maxAge?: Seconds | undefined;
}

/** How sessions are sealed into a cookie: the options of iron-session, and what it has not. */
export interface SealedCookieOptions {
  /**
   * Seals the cookie: at least 32 characters, random, because nothing slows guessing down. As a map, the one with the
   * highest number seals and all open: `{ 1: old, 2: new }`. `openssl rand -base64 32` makes one.
   */
  password: string | Readonly<Record<number | string, string>> | undefined;

  /**
   * Ends a session that is not used for this long, in seconds: the idle timeout. `'never'` makes seals that never end
   * by themselves, as `ttl: 0` in iron-session; then say `absoluteTimeout: false` as well.
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
   * Splits what is too big for one cookie over up to four, as iron-session does. All of them travel with every request,
   * and many proxies take 8 KB of headers at most.
   * @default false: a session that is too big is refused
   */
  chunk?: boolean | undefined;

  /**
   * Makes seals that iron-session 9 reads, and reads what it and iron-session 8 seal. Then a seal that was made for
   * something else with this password is a session too: use the password for nothing else.
   * @default undefined: keys for this purpose and cookie name alone
   */
  interop?: 'iron-session' | undefined;

  /**
   * Remembers which sessions are over. `'none'`: logout takes the cookie out of the browser, and a copy of it works
   * on until it ends by itself.
   */
  revocation: SessionRevocation | 'none';
}
