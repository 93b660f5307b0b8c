import type { ServerResponse } from 'node:http';
import type { Cookie } from 'express-session';
import { NO_COOKIE, SessionTransport, type ReadToken } from '../http/transport/session-transport.js';
import { clearSessionCookie, cookieValues, setCookieOf, writeCookie } from '../http/transport/session-cookie.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { chunkNames, readSeals, splitSeal } from '../seals/seal-cookies.js';

/** The cookie contains the sealed record, in chunks where the options allow it. */
export class SealedTransport extends SessionTransport {
  constructor(
    private readonly options: Pick<ResolvedSessionOptions, 'name' | 'clock'>,
    private readonly chunk: boolean,
  ) {
    super();
  }

  read(header: string | undefined): ReadToken {
    const { name } = this.options;
    if (header === undefined || !header.includes(name)) return NO_COOKIE;
    const tokens = readSeals(name, (part) => cookieValues(header, part));
    return tokens.length === 0 ? NO_COOKIE : { tokens, staleSignature: false, forged: false };
  }

  write(res: ServerResponse, header: string | undefined, token: string, cookie: Cookie): void {
    const { name, clock } = this.options;
    const cookies = splitSeal(token, setCookieOf(name, '', cookie, clock.now()), this.chunk, {});
    for (const part of cookies) writeCookie(res, part);
    this.clearRest(res, header, cookie, new Set(cookies.map((part) => part.name)));
  }

  clear(res: ServerResponse, header: string | undefined, cookie: Cookie): void {
    clearSessionCookie(res, this.options.name, cookie);
    this.clearRest(res, header, cookie, new Set([this.options.name]));
  }

  /** Clears chunks of an earlier, larger seal: they would be joined with the new ones. */
  private clearRest(res: ServerResponse, header: string | undefined, cookie: Cookie, kept: Set<string>): void {
    for (const name of [this.options.name, ...chunkNames(this.options.name)]) {
      if (!kept.has(name) && cookieValues(header, name).length > 0) clearSessionCookie(res, name, cookie);
    }
  }
}
