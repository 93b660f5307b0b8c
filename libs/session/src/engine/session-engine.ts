import { expiryOf } from '../core/deadlines.js';
import type { IdpPlace } from '../core/idp-places.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { sessionHandle } from '../core/session-id.js';
import type { SessionUser } from '../core/session-user.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionDirectory } from './session-directory.js';
import type { StoredSession } from '../stores/session-store.js';
import { EventReporter, whoIs, type Described } from './event-reporter.js';

/** What a lookup found. */
export type Found =
  | {
      readonly status: 'live';
      readonly id: string;
      readonly stored: StoredSession;
      /** To be written anew although nothing changed: it lacks our fields, or was made with a key on its way out. */
      readonly outdated: boolean;
      /** The session goes by another id since a moment ago: this one still reads it. */
      readonly late?: boolean;
    }
  /** No such session: expired, destroyed or never there. */
  | { readonly status: 'missing' }
  /** The id died in a rotation a moment ago; the browser has, or is about to get, the new one. */
  | { readonly status: 'rotated' }
  /** The session made room for another one of its user. */
  | { readonly status: 'evicted' };

/** A change to save: what the request began with, and what it has made of it. */
export interface Change {
  readonly base: SessionValues;
  readonly mine: SessionRecord;
  /** What was stored when `base` was taken. */
  readonly stored: StoredSession;
}

/** What is stored now. */
export interface Saved extends StoredSession {
  /** The session goes by another id since the request began: its browser must get no cookie with this one. */
  readonly renamed?: boolean;
}

/** What a session goes on as under another id. */
export interface NextId {
  readonly id: string;
  /** @param theirs the record with the last change of everybody */
  make(theirs: SessionRecord): SessionRecord;
}

/**
 * The life of sessions, whether their records are in a store or in the cookie. It knows no HTTP. Every method rejects
 * with `SessionStoreError` when what it stands on is out of order.
 */
export abstract class SessionEngine {
  protected readonly reports: EventReporter;

  /** True if the cookie carries the record itself, so that the browser needs a new one after every write. */
  abstract readonly recordInCookie: boolean;

  constructor(
    readonly options: ResolvedSessionOptions,
    readonly events: SessionEvents,
  ) {
    this.reports = new EventReporter(events, options);
  }

  /** What the cookie of a stored session carries. */
  abstract tokenOf(id: string, stored: StoredSession): string;

  /**
   * The session of what a cookie carried.
   * @param copy a copy of its record that the browser sent along
   */
  abstract find(token: string, copy?: string): Promise<Found>;

  /** As {@link find}, and as it is now, for whoever has waited for others to change it. */
  findFresh(token: string): Promise<Found> {
    return this.find(token);
  }

  /** A copy of the record for the browser to send along; undefined where there are none, or it has one. */
  copyOf(_id: string, _stored: StoredSession): string | undefined {
    return undefined;
  }

  /**
   * Throws what {@link create} would throw of a record that cannot be stored, before another one is ended for it.
   * @param previous the id of that one
   */
  requireStorable(_id: string, _record: SessionRecord, _previous?: string): Promise<void> {
    return Promise.resolve();
  }

  /** Finds sessions by their user and more; undefined where that cannot be done. */
  readonly directory?: SessionDirectory | undefined;

  /** What a login that begins now has to carry, so that ending all sessions of the user ends it too. */
  epochOf(_user: SessionUser): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Stores a new session.
   * @param previous the id of the session that was retired for it, whose place it takes
   */
  abstract create(id: string, record: SessionRecord, previous?: string): Promise<StoredSession>;

  /**
   * Saves what a request changed and keeps what others changed meanwhile.
   * @returns what is stored now, or undefined if the session is gone
   */
  abstract save(id: string, change: Change): Promise<Saved | undefined>;

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
  abstract renew(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<Saved | undefined>;

  /**
   * As {@link renew}, where nobody waits for the answer and no cookie goes by it.
   * @returns false if the session is gone
   */
  abstract renewOnce(id: string, stored: StoredSession, cookie: SessionRecord['cookie']): Promise<boolean>;

  /** Ends a session for good. @returns what it was, or undefined if it was gone already */
  abstract delete(id: string, stored: StoredSession): Promise<StoredSession | undefined>;

  /**
   * Ends a session whose browser is about to get another id.
   * @param goesOn whether a session is about to take its place: {@link create} is told its id
   * @returns what it was, with the last change of everybody; undefined if it was gone already
   */
  abstract retire(id: string, stored: StoredSession, goesOn?: boolean): Promise<StoredSession | undefined>;

  /**
   * Gives a session another id because of its age. The old one still reads it for the grace that the options give, and
   * what requests under way save by it is saved.
   * @returns undefined if the session is gone, or another request has done it or is at it
   */
  abstract succeed(
    id: string,
    stored: StoredSession,
    next: NextId,
  ): Promise<{ readonly id: string; readonly stored: StoredSession } | undefined>;

  /** Takes the lock of a session. @returns gives it back; undefined if somebody else has it */
  abstract lock(id: string): Promise<(() => Promise<void>) | undefined>;

  /** Ends a session by its public name. @returns false if it was over already */
  revoke(_handle: string): Promise<boolean> {
    return Promise.reject(SessionUsageError.needsIndex('revoke()'));
  }

  /**
   * Ends every session of a user that has begun.
   * @param except the handle of the one that goes on
   * @returns how many, where that is known
   */
  revokeUser(_userId: string | number, _except?: string): Promise<number | undefined> {
    return Promise.reject(SessionUsageError.needsIndex('revokeAll()'));
  }

  /**
   * Ends every session that came from a session or a subject at an identity provider.
   * @returns how many; undefined where they cannot be counted
   */
  revokePlace(place: IdpPlace): Promise<number | undefined> {
    return this.directory?.endPlace(place) ?? Promise.reject(SessionUsageError.needsIndex('revokeByIdp()'));
  }

  /** What stands against such a subject: a session that comes from it carries it along. Undefined where it need not. */
  placeEpoch(_place: IdpPlace): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Whether this is the first call with this name, for values that a browser could send again in an old cookie.
   * @param until milliseconds since the epoch: when nobody asks any more
   */
  claim(_name: string, _until: number): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** The public name and user of a session, and who acts as him, as events carry them. */
  describe(id: string, data?: SessionValues, facts?: SessionFacts): Described {
    return { handle: sessionHandle(id), ...whoIs(data, facts) };
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
      throw this.failed(operation, error);
    }
  }

  /** Reports that what the engine stands on is out of order. @returns what to throw */
  protected failed(operation: string, error: unknown): SessionStoreError {
    this.events.emit('storeError', { operation, error: error instanceof Error ? error : new Error(String(error)) });
    return SessionStoreError.from(error);
  }
}
