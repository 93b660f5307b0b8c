import type { RevocationEntry } from './revocation-entry.js';

/** The argument of {@link SessionRevocation.raise}: the new entry, and how long it is needed. */
export interface RevocationRaise extends Omit<RevocationEntry, 'at'> {
  /**
   * When the last seal of the session expires, in milliseconds since the epoch: its absolute deadline. Infinity for never.
   */
  readonly until: number;
}

/** The revocation state of a sealed session. */
export interface RevocationState {
  /** Undefined if nothing was ever raised under this name. */
  readonly entry?: RevocationEntry;
  /**
   * The last time given to {@link SessionRevocation.revokeBefore} for each user, in the order of the request; 0 for none.
   */
  readonly revokedBefore: readonly number[];
}

/**
 * Remembers which sealed sessions are over, because seals that were sent cannot be deleted (ASVS V7.4.1): one entry for each
 * name that was rotated or ended, one number for each user whose sessions were revoked. Implement it for another
 * database, and run the contract suite over it.
 *
 * - Methods reject only during an outage; the request is then answered with 503.
 * - Every later {@link read}, in every process that shares the store, sees an acknowledged change.
 * - No entry is dropped before it expires. A store that is full refuses.
 * - Entries carry a format version. One of a newer release is returned as an ended session, or as Infinity for a user,
 *   and is never overwritten.
 */
export interface SessionRevocation {
  /**
   * How long (ms) an answer of {@link read} may be reused: then most requests do not ask the store, and a session that
   * another process ended stays valid that much longer.
   * @default 0: every request asks
   */
  readonly staleness?: number;

  /** What it cannot guarantee, in plain words. Logged at start. @default none */
  readonly limitations?: readonly string[];

  /**
   * Reads everything in one round trip: the only cost of a request.
   * @param name the name of the session
   * @param users the keys of its subjects: the user, the actor, the subject and the session at the identity provider
   */
  read(name: string, users: readonly string[]): Promise<RevocationState>;

  /**
   * Raises the lowest valid generation of a name, atomically. The entry with the larger `least` is kept; of equal ones the
   * first. `over` is never lost, and means that no generation is valid. `until` only grows.
   * @returns the entry before, so that concurrent calls can tell which came first; undefined if there was none
   */
  raise(name: string, raise: RevocationRaise): Promise<RevocationEntry | undefined>;

  /**
   * Ends every session of a user that carries an earlier time. The later time is kept.
   * @param time milliseconds since the epoch, or any other growing number
   * @param until when the last of these seals expires, in milliseconds since the epoch
   */
  revokeBefore(user: string, time: number, until: number): Promise<void>;

  /** Resolves if it answers. Otherwise the application does not start. */
  ping?(): Promise<void>;

  /** Releases what it opened itself, and nothing that it was given. */
  close?(): Promise<void>;
}
