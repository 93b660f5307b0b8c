import type { ServerResponse } from 'node:http';
import type { Cookie } from 'express-session';

/** What a Cookie header holds for us. */
export interface ReadToken {
  /** What the engine is asked for, without repetitions. Several cookies of one name may all be ours. */
  readonly tokens: readonly string[];
  /** One of them was signed with a secret on its way out. */
  readonly staleSignature: boolean;
  /** A copy of the record that came along. */
  readonly copy?: string | undefined;
  /** There were cookies of the name, and none can be ours. */
  readonly forged: boolean;
}

/** How a session travels in cookies. */
export abstract class SessionTransport {
  /** @param header the Cookie header */
  abstract read(header: string | undefined): ReadToken;

  /**
   * Puts a session into the browser.
   * @param header the request's Cookie header
   * @param token what the engine says that the cookie has to carry
   */
  abstract write(res: ServerResponse, header: string | undefined, token: string, cookie: Cookie): void;

  /** Puts a copy of the record beside the session. */
  writeCopy(_res: ServerResponse, _copy: string, _cookie: Cookie): void {
    throw new TypeError('This carrier takes no copies.');
  }

  /** Takes the session out of the browser, with the attributes that its cookie was set with. */
  abstract clear(res: ServerResponse, header: string | undefined, cookie: Cookie): void;
}

export const NO_COOKIE: ReadToken = { tokens: [], staleSignature: false, forged: false };
