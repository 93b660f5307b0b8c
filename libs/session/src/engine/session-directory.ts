import type { IndexKey } from '../stores/indexed-store.js';
import type { SessionRecord, SessionValues } from '../core/record.js';

/** A session that was found. */
export interface ListedSession {
  readonly handle: string;
  readonly record: SessionRecord;
}

/** Finds, ends and changes sessions from outside of their requests. */
export interface SessionDirectory {
  /** The session of a handle; undefined if there is none, or not any more. */
  get(handle: string): Promise<ListedSession | undefined>;

  /** All sessions of a user, those in which another user acts as this one included. */
  ofUser(userId: string | number): Promise<ListedSession[]>;

  /**
   * A session, and others of its user: those that were created last, in which the user is not acted as.
   * @param most how many others at most
   * @returns undefined if there is none by this handle, or it is anonymous
   */
  withOthers(handle: string, most: number): Promise<{ own: ListedSession; others: ListedSession[] } | undefined>;

  /** All sessions of an index key. */
  at(indexKey: IndexKey): Promise<ListedSession[]>;

  /** @returns the ended session; undefined if there is no live one with this handle */
  end(handle: string): Promise<SessionRecord | undefined>;

  /**
   * Ends all sessions of a user, including those that are about to begin.
   * @param except the handle of a session that goes on
   * @returns how many were ended
   */
  endUser(userId: string | number, except?: string): Promise<number>;

  /** Ends all sessions of an index key, as {@link endUser}. */
  endAt(indexKey: IndexKey): Promise<number>;

  /**
   * Changes the values of a session. The function runs again after a concurrent write.
   * @returns how many sessions were changed
   */
  update(
    of: string | { readonly userId: string | number },
    change: (values: SessionValues) => unknown,
  ): Promise<number>;
}
