import type { IncomingMessage } from 'node:http';
import type { RotationKind, SecretState, SessionRecord } from '../core/record.js';

/** What a session that begins is called, and what opens it. */
export interface BegunSession {
  /** Its key in the store. */
  readonly key: string;
  /** Its public name. */
  readonly handle: string;
  /** What its browser carries; empty where the cookie carries the record itself. */
  readonly token: string;
  readonly generation: number;
  /** What `req.sessionID` is. */
  readonly id: string;
  /** What its record keeps of the token. */
  readonly secret?: SecretState;
}

/** What a token says by itself. */
export interface PresentedToken {
  readonly key: string;
  readonly generation: number;
}

/**
 * How a token stands to a record of its name: `'current'` and, for a moment after a rotation by age, `'grace'` open it;
 * `'replaced'` is an earlier one; `'ahead'` a later one than the record knows, so the store has lost writes.
 */
export type TokenStatus = 'current' | 'grace' | 'replaced' | 'ahead';

/** What sessions are called, and what opens them. The one place that knows the format of a token. */
export interface SessionNames {
  /** Whether a rotation replaces the secret under the same name. */
  readonly rotatesInPlace: boolean;

  begin(req: IncomingMessage): BegunSession;

  /** @returns undefined for what has not the shape of a token */
  parse(token: string): PresentedToken | undefined;

  /** The public name of the session under a key. */
  handleOf(key: string): string;

  /** The key of the session of a handle; undefined if it has not the shape of one, or the index has to be asked. */
  parseHandle(handle: string): string | undefined;

  /** What `req.sessionID` is for a session. */
  idOf(key: string, record: SessionRecord): string;

  statusOf(token: string, record: SessionRecord, now: number): TokenStatus;

  /**
   * What the browser of a request is to carry: its own token, or the one that has replaced it by age a moment ago.
   * @returns undefined if another response brings it, or the request may not be given it
   */
  current(token: string, record: SessionRecord, now: number): string | undefined;

  /** The token that follows this one, and what a record keeps of it. Every process computes the same from the same nonce. */
  next(token: string, before: SecretState, by: RotationKind, at: { now: number; grace: number }): NextToken;

  /** As {@link next}, where another request has replaced the token: what it was replaced by, if that can be told. */
  tokenAfter(token: string, record: SessionRecord): string | undefined;
}

/** See {@link SessionNames.next}. */
export interface NextToken {
  readonly token: string;
  readonly secret: SecretState;
}
