/** Public facts about a session. All times are milliseconds since the epoch. */
export interface SessionInfo {
  /** Public name: the same in events and logs, and not reversible to the id. */
  readonly handle: string;
  readonly createdAt: number;
  /** Undefined while nobody is logged in. */
  readonly authenticatedAt: number | undefined;
  /** The last time that the idle deadline was pushed on; throttled, so up to 10 % of the idle timeout old. */
  readonly lastSeenAt: number;
  /** When the session ends if it is not used again. */
  readonly expiresAt: number;
  /** The id of who acts as the user of the session; undefined if everybody is himself. */
  readonly impersonatedBy: string | number | undefined;
}

/** How long a session still lasts. All times are milliseconds since the epoch; null for never. */
export interface SessionRemaining {
  /** When it ends if it is not used again: the earlier one of the next two. */
  readonly expiresAt: number | null;
  readonly idleExpiresAt: number | null;
  readonly absoluteExpiresAt: number | null;
  /** What the server's clock says: a browser's may be wrong. */
  readonly now: number;
}
