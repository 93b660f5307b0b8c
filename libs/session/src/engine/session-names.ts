import type { IncomingMessage } from 'node:http';
import type { RotationKind, SecretState, SessionRecord } from '../core/record.js';

/** Name and token of a new session. */
export interface BegunSession {
  /** Its key in the store. */
  readonly key: string;
  /** Its public name. */
  readonly handle: string;
  /** The token for the browser; empty where the cookie contains the record itself. */
  readonly token: string;
  readonly generation: number;
  /** The value of `req.sessionID`. */
  readonly id: string;
  /** What the record keeps of the token. */
  readonly secret?: SecretState;
}

/** The parts of a token. */
export interface PresentedToken {
  readonly key: string;
  /** The public name of its session. */
  readonly handle: string;
  readonly generation: number;
}

/**
 * The status of a token for the record of its name: `'current'` opens it, and so does `'grace'`, for a moment after a
 * rotation by age. `'replaced'` is an earlier token, `'ahead'` a later one than the record has: the store has lost writes.
 */
export type TokenStatus = 'current' | 'grace' | 'replaced' | 'ahead';

/** Names and tokens of sessions. Only this knows the format of a token. */
export interface SessionNames {
  /** Whether a rotation replaces the secret under the same name. */
  readonly rotatesInPlace: boolean;

  begin(req: IncomingMessage): BegunSession;

  /** @returns undefined if the text does not have the shape of a token */
  parse(token: string): PresentedToken | undefined;

  /** The public name of the session under a key. */
  handleOf(key: string): string;

  /** The key of the session of a handle; undefined if it does not have the shape of one, or the index has to be asked. */
  parseHandle(handle: string): string | undefined;

  /** The value of `req.sessionID` for a session. */
  idOf(key: string, record: SessionRecord): string;

  statusOf(token: string, record: SessionRecord): TokenStatus;

  /**
   * The token that the browser of a request should have: its own, or the one that has just replaced it by age.
   * @returns undefined if another response sends it, or the request may not get it
   */
  current(token: string, record: SessionRecord, now: number): string | undefined;

  /** The next token, and what a record keeps of it. Every process computes the same one from the same nonce. */
  next(token: string, before: SecretState, by: RotationKind, at: { now: number; grace: number }): NextToken;

  /** The token by which another request has replaced this one, if it can be computed. */
  tokenAfter(token: string, record: SessionRecord): string | undefined;
}

/** See {@link SessionNames.next}. */
export interface NextToken {
  readonly token: string;
  readonly secret: SecretState;
}
