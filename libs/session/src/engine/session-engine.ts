import { expiryOf } from '../core/expiry.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEvent, SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { userIdOf } from '../core/user-id.js';

/** What a lookup found. */
export type Found =
  | {
      readonly status: 'live';
      readonly id: string;
      readonly stored: StoredSession;
      /** To be written anew although nothing changed: it lacks our fields, or was made with a key on its way out. */
      readonly outdated: boolean;
    }
  /** No such session: expired, destroyed or never there. */
  | { readonly status: 'missing' }
  /** The id died in a rotation a moment ago; the browser has, or is about to get, the new one. */
  | { readonly status: 'rotated' };

/** A change to save: what the request began with, and what it has made of it. */
export interface Change {
  readonly base: SessionValues;
  readonly mine: SessionRecord;
  /** What was stored when `base` was taken. */
  readonly stored: StoredSession;
}

/**
 * The life of sessions, whether their records are in a store or in the cookie. It knows no HTTP. Every method rejects
 * with `SessionUnavailableException` when what it stands on is out of order.
 */
export abstract class SessionEngine {
  /** True if the cookie carries the record itself, so that the browser needs a new one after every write. */
  abstract readonly recordInCookie: boolean;

  constructor(
    readonly options: ResolvedSessionOptions,
    readonly events: SessionEvents,
  ) {}

  /** What the cookie of a stored session carries. */
  abstract tokenOf(id: string, stored: StoredSession): string;

  /**
   * The session of what a cookie carried.
   * @param copy a copy of its record that the browser sent along
   */
  abstract find(token: string, copy?: string): Promise<Found>;

  /** A copy of the record for the browser to send along; undefined where there are none, or it has one. */
  copyOf(_id: string, _stored: StoredSession): undefined | Promise<string> {
    return undefined;
  }

  /** Throws what {@link create} would throw of a record that cannot be stored, before another one is ended for it. */
  requireStorable(_id: string, _record: SessionRecord): Promise<void> {
    return Promise.resolve();
  }

  /** Stores a new session. */
  abstract create(id: string, record: SessionRecord): Promise<StoredSession>;

  /**
   * Saves what a request changed and keeps what others changed meanwhile.
   * @returns what is stored now, or undefined if the session is gone
   */
  abstract save(id: string, change: Change): Promise<StoredSession | undefined>;

  /**
   * Changes the stored data by a function that is run again on the fresh data until nobody came in between.
   * @returns what is stored now, or undefined if the session is gone
   */
  abstract update(
    id: string,
    stored: StoredSession,
    change: (theirs: SessionRecord) => SessionRecord,
  ): Promise<StoredSession | undefined>;

  /**
   * Pushes the idle deadline on, and nothing else: somebody else may have saved meanwhile.
   * @returns what the cookie goes by afterwards, or undefined if the session is gone
   */
  abstract renew(
    id: string,
    stored: StoredSession,
    cookie: SessionRecord['cookie'],
  ): Promise<StoredSession | undefined>;

  /**
   * As {@link renew}, where nobody waits for the answer and no cookie goes by it.
   * @returns false if the session is gone
   */
  abstract renewOnce(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean>;

  /** Ends a session for good. @returns what it was, or undefined if it was gone already */
  abstract delete(id: string, stored: StoredSession): Promise<StoredSession | undefined>;

  /**
   * Ends a session whose browser is about to get another id.
   * @returns what it was, with the last change of everybody; undefined if it was gone already
   */
  abstract retire(id: string, stored: StoredSession): Promise<StoredSession | undefined>;

  /** Takes the lock of a session. @returns gives it back; undefined if somebody else has it */
  abstract lock(id: string): Promise<(() => Promise<void>) | undefined>;

  /** Ends a session by its public name. @returns false if it was over already */
  revoke(_handle: string): Promise<boolean> {
    return Promise.reject(SessionUsageError.needsIndex('revoke()'));
  }

  /** Ends every session of a user that has begun. */
  revokeUser(_userId: string | number): Promise<void> {
    return Promise.reject(SessionUsageError.needsIndex('revokeAll()'));
  }

  /** The public name and user of a session, as events carry them. */
  describe(id: string, data?: SessionValues): SessionEvent {
    const userId = userIdOf(data);
    return { handle: sessionHandle(id), ...(userId !== undefined && { userId }) };
  }

  /** The record with the deadline that its times give. */
  protected dated(record: SessionRecord): SessionRecord {
    return { ...record, expiresAt: expiryOf(record, this.options) };
  }

  /** Asks what the engine stands on, and reports what is out of order. */
  protected async ask<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      this.events.emit('storeError', { operation, error: error instanceof Error ? error : new Error(String(error)) });
      throw new SessionUnavailableException(error);
    }
  }
}
