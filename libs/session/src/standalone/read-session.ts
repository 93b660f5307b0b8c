import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';

/** The values of a session if the application declares no type. */
export type AnySession = SessionValues & { user?: SessionUser };

/** A live session, read-only. Times are milliseconds since the epoch. */
export interface ReadSession<T extends object = AnySession> {
  /**
   * The application's values; `data.user` is the user. All are optional, and their types are not checked: they are what
   * this or another application has stored.
   */
  readonly data: Readonly<Partial<T>>;
  /** Public name: the same in events and logs of Nest, and not reversible to the id. */
  readonly handle: string;
  readonly createdAt: number;
  /** Undefined in an anonymous session. */
  readonly authenticatedAt: number | undefined;
  /** When the session was last renewed. */
  readonly lastSeenAt: number;
  /** When the session ends if it is not used again. Reading does not count as use. */
  readonly expiresAt: number;
}

/** A session for the application. */
export const readSession = <T extends object>(handle: string, record: SessionRecord): ReadSession<T> => ({
  // Only the application knows the types of its values.
  data: record.data as Partial<T>,
  ...factsOf(handle, record),
});

/** The public facts of a session. */
export const factsOf = (handle: string, record: Omit<SessionRecord, 'data'>): Omit<ReadSession, 'data'> => ({
  handle,
  createdAt: record.createdAt,
  authenticatedAt: record.authenticatedAt,
  lastSeenAt: record.lastSeenAt,
  expiresAt: record.expiresAt,
});
