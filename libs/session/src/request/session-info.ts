/** Public facts about a session. All times are milliseconds since the epoch. */
export interface SessionInfo {
  /** Public name: the same in events and logs, and not reversible to the id. */
  readonly handle: string;
  readonly createdAt: number;
  /** Undefined in an anonymous session. */
  readonly authenticatedAt: number | undefined;
  /** When the session was last renewed; throttled, so up to 10 % of the idle timeout old. */
  readonly lastSeenAt: number;
  /** When the session ends if it is not used again. */
  readonly expiresAt: number;
  /** The id of the user who acts as the user of the session; undefined without an impersonation. */
  readonly impersonatedBy: string | number | undefined;
}

/** How long a session still lasts. All times are milliseconds since the epoch; null for never. */
export interface SessionRemaining {
  /** When it ends if it is not used again: the earlier of the two times below. */
  readonly expiresAt: number | null;
  readonly idleExpiresAt: number | null;
  readonly absoluteExpiresAt: number | null;
  /** The time of the server: the browser's clock may be wrong. */
  readonly now: number;
}
