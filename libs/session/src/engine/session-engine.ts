import type { IncomingMessage } from 'node:http';
import type { IdpKey } from '../core/idp-keys.js';
import type { Ending, RotationKind, SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { EngineContext } from './engine-context.js';
import type { SubjectWithActor } from './event-reporter.js';
import type { SessionChange } from './session-change.js';
import type { SessionDirectory } from './session-directory.js';
import type { BegunSession } from './session-names.js';

/** A session of which a request has sent a token, valid or not. */
export interface PresentedSession {
  /** Its key in the store. */
  readonly key: string;
  /** Its public name. */
  readonly handle: string;
  /** The session that is stored under its name. A token of another generation does not open it, but may end it. */
  readonly stored?: StoredSession | undefined;
}

/** A session that a request has open. */
export interface HeldSession extends PresentedSession {
  readonly stored: StoredSession;
  /** The token that opened it, or the new one after a rotation by this request. */
  readonly token: string;
  /** Of {@link token}. */
  readonly generation: number;
  /** The token for the browser from now on; undefined if another response sends it. */
  readonly send: string | undefined;
}

/** A session after a rotation. */
export interface RotatedSession extends HeldSession {
  /** Another request was first, and this one continues with its secret. */
  readonly joined: boolean;
}

/** The result of a lookup. */
export type Found =
  | {
      readonly status: 'live';
      readonly held: HeldSession;
      /** Has to be written again, even without a change: it lacks fields, or was made with an older key. */
      readonly outdated: boolean;
    }
  /** The token was just replaced, or its session ended by a login or a logout: the browser has another one, or will get it. */
  | { readonly status: 'replaced'; readonly presented: PresentedSession }
  /** There is no such session, or it is over. */
  | { readonly status: 'missing'; readonly presented?: PresentedSession; readonly ending?: Ending };

/** Another secret for the same session. */
export interface Rotation {
  /** The request that asks for it. */
  readonly req: IncomingMessage;
  readonly by: RotationKind;
  /** Makes the new record from the stored one. Runs again after a concurrent write. */
  readonly next: (theirs: SessionRecord) => SessionRecord;
  /** The assurance level that the request itself has reached: it may join a rotation of at most this level. */
  readonly proves?: number;
}

/** How a session replaces the one before. */
export interface Replacement {
  /** The values of the new session, by the last ones of the session before. @returns undefined to leave them as they are */
  readonly take: (last: SessionRecord) => SessionValues | undefined;
  /** Whether the session before may be replaced in its current state. @default always */
  readonly admits?: (last: SessionRecord) => boolean;
}

/** Copies of records for browsers to send along, so that the store need not be asked. */
export interface SessionCopies {
  /** @returns undefined if the browser has it already */
  of(held: HeldSession): string | undefined;
}

/**
 * The life cycle of sessions, whether their records are in a store or in the cookie. Independent of HTTP. Every method
 * rejects with `SessionStoreError` during an outage.
 */
export abstract class SessionEngine {
  /** True if the cookie carries the record itself, so that the browser needs a new one after every write. */
  abstract readonly recordInCookie: boolean;

  /** Finds sessions by their user and by declared values; undefined if that is not possible. */
  readonly directory?: SessionDirectory | undefined;

  /** Copies of records that browsers send along; undefined where there are none. */
  readonly copies?: SessionCopies | undefined;

  protected readonly context: EngineContext;

  constructor(
    readonly options: ResolvedSessionOptions,
    readonly events: SessionEvents,
  ) {
    this.context = new EngineContext(options, events);
  }

  /** Names a session that begins, and makes its first secret. Nothing is stored. */
  abstract begin(req: IncomingMessage): BegunSession;

  /** The value of `req.sessionID`: not a secret. It stays the same in rotations by age, and changes in every other one. */
  abstract idOf(held: HeldSession): string;

  /**
   * The session of a token.
   * @param copy a copy of its record that the browser sent too
   */
  abstract find(token: string, copy?: string): Promise<Found>;

  /** As {@link find}, but current, for a request that has waited for others to change it. */
  findFresh(token: string): Promise<Found> {
    return this.find(token);
  }

  /** The `revokedBefore` that a login of this user has to carry, so that revoking all of the user's sessions ends it too. */
  revokedBefore(_index: 'user' | 'acted', _userId: string | number): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Stores a new session and adds it to the index. If it is refused, nothing is kept.
   * @throws `SessionLimitError` at the limit
   */
  abstract create(begun: BegunSession, record: SessionRecord): Promise<HeldSession>;

  /**
   * Saves the changes of a request and keeps those of others.
   * @returns undefined if the session is gone
   * @throws `SessionRotatedError` if its secret was replaced other than by age
   */
  abstract save(held: HeldSession, change: SessionChange): Promise<HeldSession | undefined>;

  /** As {@link save}, by a function of the stored values that runs again after a concurrent write. */
  abstract update(
    held: HeldSession,
    change: (theirs: SessionRecord) => SessionRecord,
  ): Promise<HeldSession | undefined>;

  /**
   * Renews the session and nothing else, where no cookie depends on it: another request may have saved meanwhile.
   * @returns false if the session is gone
   */
  abstract renew(held: HeldSession): Promise<boolean>;

  /**
   * Replaces the secret in place. A rotation by age is an ordinary save if another request was first.
   * @returns undefined if the session is gone
   * @throws `SessionRotatedError` if another request has replaced it and this one may not join
   */
  abstract rotate(held: HeldSession, rotation: Rotation): Promise<RotatedSession | undefined>;

  /**
   * Ends the session before and takes over its last values: the last step of a login under a new name.
   * @returns the new session; undefined if the one before was over or not admitted, so that no values were taken over
   */
  abstract replace(before: HeldSession, fresh: HeldSession, replacement: Replacement): Promise<HeldSession | undefined>;

  /** Deletes a session that {@link create} made and that no browser knows. */
  abstract discard(fresh: HeldSession): Promise<void>;

  /** Ends a session, whatever its secret is. @returns the ended session; undefined if it was over already */
  abstract end(presented: PresentedSession, ending: Ending): Promise<StoredSession | undefined>;

  /** Ends a session if a condition holds for the stored one. @returns the ended session; undefined if it was not ended */
  abstract endIf(
    held: HeldSession,
    ending: Ending,
    judge: (record: SessionRecord) => boolean,
  ): Promise<StoredSession | undefined>;

  /** Takes the lock of a session. @returns a function that releases it; undefined if another request has it */
  abstract lock(key: string): Promise<(() => Promise<void>) | undefined>;

  /** Ends a session by its public name. @returns false if it was over already */
  revoke(_handle: string): Promise<boolean> {
    return Promise.reject(SessionUsageError.needsIndex('revoke()'));
  }

  /**
   * Ends all sessions of a user that exist now.
   * @param except the handle of a session that goes on
   * @returns how many, where that is known
   */
  revokeUser(_userId: string | number, _except?: string): Promise<number | undefined> {
    return Promise.reject(SessionUsageError.needsIndex('revokeAll()'));
  }

  /**
   * Ends every session that came from a session or a subject at an identity provider.
   * @returns how many; undefined where they cannot be counted
   */
  revokeAt(key: IdpKey): Promise<number | undefined> {
    return this.directory?.endAt(key) ?? Promise.reject(SessionUsageError.needsIndex('revokeByIdp()'));
  }

  /** `revokedBefore` of a subject, which a session that comes from it has to carry. Undefined if it need not. */
  idpRevokedBefore(_key: IdpKey): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Whether this is the first call with this name, for values that a browser could send again in an old cookie.
   * @param until milliseconds since the epoch: how long the name is remembered
   */
  claim(_name: string, _until: number): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** See {@link EngineContext.describe}. */
  describe(handle: string, data?: SessionValues, facts?: SessionFacts): SubjectWithActor {
    return this.context.describe(handle, data, facts);
  }
}
