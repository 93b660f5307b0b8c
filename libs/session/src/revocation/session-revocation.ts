/** What is on record against a sealed session and its user. */
export interface RevocationState {
  /** The session itself was ended. */
  readonly revoked: boolean;
  /** The user's epoch: what {@link SessionRevocation.revokeUser} was last given, if it was ever called. */
  readonly epoch: string | undefined;
}

/**
 * Remembers which sealed sessions are over, because the seals themselves cannot be called back (ASVS V7.4.1).
 * Implement it for another database, and run the contract suite over it.
 *
 * - Methods reject only when the store behind is out of order; the request is then answered 503.
 * - What was acknowledged is seen by every later {@link read}, from every process that shares the store.
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
   * Looks both up at once: the one thing that a request costs.
   * @param handle the public name of the session
   * @param userId who is logged in, if anybody
   */
  read(handle: string, userId: string | undefined): Promise<RevocationState>;

  /**
   * Ends one session. Of calls at the same time, one is told `true`.
   * @param until when the last seal of it is over by itself, in milliseconds since the epoch; Infinity for never
   * @returns false if it was ended already
   */
  revoke(handle: string, until: number): Promise<boolean>;

  /**
   * Ends every session of a user that does not carry this epoch.
   * @param epoch unlike every other one
   * @param until when the last seal before it is over by itself, in milliseconds since the epoch
   */
  revokeUser(userId: string, epoch: string, until: number): Promise<void>;

  /** Resolves if it answers; the application does not start otherwise. */
  ping?(): Promise<void>;

  /** Releases what it opened itself, and nothing that was handed to it. */
  close?(): Promise<void>;
}
