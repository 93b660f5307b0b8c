import type { IndexPlace } from '../stores/indexed-store.js';
import type { SessionRecord, SessionValues } from '../core/record.js';

/** A session as it was found. */
export interface ListedSession {
  readonly handle: string;
  readonly record: SessionRecord;
}

/** Finds sessions, ends and changes them from outside. */
export interface SessionDirectory {
  /** The session of a handle; undefined if there is none, or not any more. */
  get(handle: string): Promise<ListedSession | undefined>;

  /** All sessions of a user, those in which another user acts as this one included. */
  ofUser(userId: string | number): Promise<ListedSession[]>;

  /** All sessions of a place. */
  at(place: IndexPlace): Promise<ListedSession[]>;

  /** @returns what it was; undefined if there is none by this handle, or not any more */
  end(handle: string): Promise<SessionRecord | undefined>;

  /**
   * Ends all sessions of a user, also those that are about to begin.
   * @param except the handle of the one that goes on
   * @returns how many
   */
  endUser(userId: string | number, except?: string): Promise<number>;

  /** Ends all sessions of a place, as {@link endUser}. */
  endPlace(place: IndexPlace): Promise<number>;

  /**
   * Changes the values of a session. The function runs again if another request came in between.
   * @returns how many sessions were changed
   */
  update(
    of: string | { readonly userId: string | number },
    change: (values: SessionValues) => unknown,
  ): Promise<number>;
}
