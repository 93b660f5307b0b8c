import type { ServerResponse } from 'node:http';
import type { Cookie } from 'express-session';
import type { ResolvedSessionOptions } from '../../options/session-options.js';
import { CookieSignature } from './cookie-signature.js';
import { NO_COOKIE, SessionTransport, type ReadToken } from './session-transport.js';
import { cookieBytes, MAX_COOKIE_BYTES } from '../../seals/seal-cookies.js';
import { clearSessionCookie, cookieValues, setCookieOf, writeCookie, writeSessionCookie } from './session-cookie.js';

/** No more tokens than this are looked up, because each costs a read of the store. */
const MAX_TOKENS = 4;

/** The cookie carries the session's token, signed. */
export class SignedTokenTransport extends SessionTransport {
  private readonly signature: CookieSignature;
  private readonly copyName: string;

  /** @param plain whether tokens are ids of express-session */
  constructor(
    private readonly options: Pick<ResolvedSessionOptions, 'name' | 'secrets' | 'clock' | 'cache'>,
    plain: boolean,
  ) {
    super();
    this.signature = new CookieSignature(options.secrets, plain ? undefined : options.name);
    this.copyName = `${options.name}.cache`;
  }

  read(header: string | undefined): ReadToken {
    const values = cookieValues(header, this.options.name);
    if (values.length === 0) return NO_COOKIE;
    const tokens: string[] = [];
    let staleSignature = false;
    for (const value of values) {
      const verified = value === undefined ? undefined : this.signature.verify(value);
      if (!verified || tokens.includes(verified.token)) continue;
      tokens.push(verified.token);
      staleSignature ||= verified.stale;
      if (tokens.length === MAX_TOKENS) break;
    }
    const copy =
      this.options.cache === undefined || tokens.length !== 1 ? undefined : cookieValues(header, this.copyName)[0];
    return { tokens, staleSignature, forged: tokens.length === 0, ...(copy !== undefined && { copy }) };
  }

  write(res: ServerResponse, _header: string | undefined, token: string, cookie: Cookie): void {
    const { name, clock } = this.options;
    writeSessionCookie(res, name, this.signature.sign(token), cookie, clock.now());
  }

  /** The cookie expires with the copy. A copy that is too large for browsers is not sent. */
  override writeCopy(res: ServerResponse, copy: string, cookie: Cookie): void {
    const { cache = 0, clock } = this.options;
    const { expires: _, ...attributes } = setCookieOf(this.copyName, copy, cookie, clock.now());
    const line = { ...attributes, maxAge: Math.ceil(cache / 1000) };
    if (cookieBytes(line) <= MAX_COOKIE_BYTES) writeCookie(res, line);
  }

  clear(res: ServerResponse, header: string | undefined, cookie: Cookie): void {
    clearSessionCookie(res, this.options.name, cookie);
    if (cookieValues(header, this.copyName).length > 0) clearSessionCookie(res, this.copyName, cookie);
  }
}
