import type { ServerResponse } from 'node:http';
import type { Cookie } from 'express-session';

/** What a Cookie header has for this library. */
export interface ReadToken {
  /** The tokens to look up, without duplicates. Several cookies of one name may be valid. */
  readonly tokens: readonly string[];
  /** One of them was signed with an older secret. */
  readonly staleSignature: boolean;
  /** A copy of the record. */
  readonly copy?: string | undefined;
  /** There were cookies of the name, and none is valid. */
  readonly forged: boolean;
}

/** How a session travels in cookies. */
export abstract class SessionTransport {
  /** @param header the Cookie header */
  abstract read(header: string | undefined): ReadToken;

  /**
   * Sends a session to the browser.
   * @param header the request's Cookie header
   * @param token the token from the engine
   */
  abstract write(res: ServerResponse, header: string | undefined, token: string, cookie: Cookie): void;

  /** Sends a copy of the record beside the session. */
  writeCopy(_res: ServerResponse, _copy: string, _cookie: Cookie): void {
    throw new TypeError('This transport takes no copies.');
  }

  /** Clears the session in the browser, with the attributes with which its cookie was set. */
  abstract clear(res: ServerResponse, header: string | undefined, cookie: Cookie): void;
}

export const NO_COOKIE: ReadToken = { tokens: [], staleSignature: false, forged: false };
