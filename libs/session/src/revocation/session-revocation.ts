import type { RevocationEntry } from './revocation-entry.js';

/** What {@link SessionRevocation.raise} is asked for: the entry that shall stand, and for how long it is needed. */
export interface RevocationRaise extends Omit<RevocationEntry, 'at'> {
  /**
   * When no seal of the session can open any more, in milliseconds since the epoch: its absolute deadline. Infinity for
   * never.
   */
  readonly until: number;
}

/** What stands against a sealed session. */
export interface RevocationState {
  /** Undefined if nothing was ever raised under this name. */
  readonly entry?: RevocationEntry;
  /**
   * What {@link SessionRevocation.revokeBefore} was last given for each user, in the order asked; 0 if nothing stands
   * against a user.
   */
  readonly revokedBefore: readonly number[];
}

/**
 * Remembers which sealed sessions are over, because the seals themselves cannot be called back (ASVS V7.4.1): one entry
 * for each name that was rotated or ended, one number for each user whose sessions were ended. Implement it for another
 * database, and run the contract suite over it.
 *
 * - Methods reject only when the store behind is out of order; the request is then answered 503.
 * - What was acknowledged is seen by every later {@link read}, from every process that shares the store.
 * - Nothing is forgotten before its time. A store that is full refuses.
 * - Entries carry a format version. One that a newer release wrote is given back as an ended session, or as Infinity for
 *   a user, and is never overwritten.
 */
export interface SessionRevocation {
  /**
   * For how many milliseconds an answer of {@link read} may be used again: then most requests ask nothing, and a
   * session that another process ended lives that much longer.
   * @default 0: every request asks
   */
  readonly staleness?: number;

  /** What it cannot guarantee, in plain words: said in the log at start. @default none */
  readonly limitations?: readonly string[];

  /**
   * Looks all of it up at once, in one round trip: the one thing that a request costs.
   * @param name the name of the session
   * @param users whose sessions it belongs to: the user, the one who acts as that user, the subject and the session at the
   * identity provider
   */
  read(name: string, users: readonly string[]): Promise<RevocationState>;

  /**
   * Raises the least generation of a name that is good, in one atomic step. The larger `least` stays, with what came with
   * it; of equal ones the first. `over` is never lost, and means that no generation is good. `until` only grows.
   * @returns what was there before, so that of calls at the same time each learns what it found; undefined if nothing was
   */
  raise(name: string, raise: RevocationRaise): Promise<RevocationEntry | undefined>;

  /**
   * Ends every session of a user that carries less than this. The larger one stays.
   * @param time milliseconds since the epoch, or anything else that grows
   * @param until when the last seal that carries less is over by itself, in milliseconds since the epoch
   */
  revokeBefore(user: string, time: number, until: number): Promise<void>;

  /** Resolves if it answers; the application does not start otherwise. */
  ping?(): Promise<void>;

  /** Releases what it opened itself, and nothing that was handed to it. */
  close?(): Promise<void>;
}
