import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';

/** The values of a session where the application has not said which it keeps. */
export type AnySession = SessionValues & { user?: SessionUser };

/** A live session, as it is now. Nothing in it can be written. Times are milliseconds since the epoch. */
export interface ReadSession<T extends object = AnySession> {
  /**
   * The application's values; `data.user` is who is logged in. No session has to hold any of them, and nothing has
   * checked that they are of these types: they are what this or another application put in.
   */
  readonly data: Readonly<Partial<T>>;
  /** Public name: the same in events and logs of Nest, and not reversible to the id. */
  readonly handle: string;
  readonly createdAt: number;
  /** Undefined while nobody is logged in. */
  readonly authenticatedAt: number | undefined;
  /** The last time that the idle deadline was pushed on. */
  readonly lastSeenAt: number;
  /** When the session ends if it is not used again. Reading is no use. */
  readonly expiresAt: number;
}

/** What a session shows of itself. */
export const readSession = <T extends object>(handle: string, record: SessionRecord): ReadSession<T> => ({
  // What an application keeps in its sessions is known to it alone.
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
