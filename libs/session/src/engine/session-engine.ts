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

/** A session of which a request has shown a token, whether or not that opens it. */
export interface PresentedSession {
  /** Its key in the store. */
  readonly key: string;
  /** Its public name. */
  readonly handle: string;
  /** What is stored under its name, if it is a session: the token of another time does not open it, and may end it. */
  readonly stored?: StoredSession | undefined;
}

/** A session that a request has open. */
export interface HeldSession extends PresentedSession {
  readonly stored: StoredSession;
  /** What opened it, or what a rotation of this request has put in its place. */
  readonly token: string;
  /** Of {@link token}. */
  readonly generation: number;
  /** What the browser is to carry from now on; undefined if another response brings it. */
  readonly send: string | undefined;
}

/** A session after a rotation. */
export interface RotatedSession extends HeldSession {
  /** Another request was quicker, and this one goes on with what that one has made. */
  readonly joined: boolean;
}

/** What a lookup found. */
export type Found =
  | {
      readonly status: 'live';
      readonly held: HeldSession;
      /** To be written anew although nothing changed: it lacks our fields, or was made with a key on its way out. */
      readonly outdated: boolean;
    }
  /** The token was replaced, or its session ended by a login or a logout, a moment ago: the browser has, or is about to get, another one. */
  | { readonly status: 'replaced'; readonly presented: PresentedSession }
  /** There is no such session, or not any more. */
  | { readonly status: 'missing'; readonly presented?: PresentedSession; readonly ending?: Ending };

/** Another secret for the same session. */
export interface Rotation {
  /** The request that asks for it. */
  readonly req: IncomingMessage;
  readonly by: RotationKind;
  /** The record afterwards, made from what is stored; runs again where another request came in between. */
  readonly next: (theirs: SessionRecord) => SessionRecord;
  /** The level of assurance that the request has proved itself: with as much as that it may join a rotation by proof. */
  readonly proves?: number;
}

/** How a session takes the place of the one before. */
export interface Replacement {
  /** The values of the new session, by the last ones of the session before. @returns undefined to leave them as they are */
  readonly take: (last: SessionRecord) => SessionValues | undefined;
  /** Whether the session before may be replaced as it is now. @default it may */
  readonly admits?: (last: SessionRecord) => boolean;
}

/**
 * The life of sessions, whether their records are in a store or in the cookie. It knows no HTTP. Every method rejects
 * with `SessionStoreError` when what it stands on is out of order.
 */
export abstract class SessionEngine {
  /** True if the cookie carries the record itself, so that the browser needs a new one after every write. */
  abstract readonly recordInCookie: boolean;

  /** Finds sessions by their user and more; undefined where that cannot be done. */
  readonly directory?: SessionDirectory | undefined;

  protected readonly context: EngineContext;

  constructor(
    readonly options: ResolvedSessionOptions,
    readonly events: SessionEvents,
  ) {
    this.context = new EngineContext(options, events);
  }

  /** Names a session that begins, and makes its first secret. Nothing is stored. */
  abstract begin(req: IncomingMessage): BegunSession;

  /** What `req.sessionID` is: no secret, the same through renewals by age, another one after every other rotation. */
  abstract idOf(held: HeldSession): string;

  /**
   * The session of what a cookie carried.
   * @param copy a copy of its record that the browser sent along
   */
  abstract find(token: string, copy?: string): Promise<Found>;

  /** As {@link find}, and as it is now, for a request that has waited for others to change it. */
  findFresh(token: string): Promise<Found> {
    return this.find(token);
  }

  /** A copy of the record for the browser to send along; undefined where there are none, or it has one. */
  copyOf(_held: HeldSession): string | undefined {
    return undefined;
  }

  /** What a login of this user that begins now has to carry, so that ending all of the user's sessions ends it too. */
  revokedBefore(_index: 'user' | 'acted', _userId: string | number): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Stores a new session, and enters it where sessions are found. Nothing of it stays if it is refused.
   * @throws `SessionLimitError` where there is no room for it
   */
  abstract create(begun: BegunSession, record: SessionRecord): Promise<HeldSession>;

  /**
   * Saves what a request changed and keeps what others changed meanwhile.
   * @returns undefined if the session is gone
   * @throws `SessionRotatedError` if its secret was replaced other than by age
   */
  abstract save(held: HeldSession, change: SessionChange): Promise<HeldSession | undefined>;

  /** As {@link save}, by a function of what is stored that runs again until no other request came in between. */
  abstract update(
    held: HeldSession,
    change: (theirs: SessionRecord) => SessionRecord,
  ): Promise<HeldSession | undefined>;

  /**
   * Pushes the idle deadline on where no cookie goes by it, and nothing else: another request may have saved meanwhile.
   * @returns false if the session is gone
   */
  abstract renew(held: HeldSession): Promise<boolean>;

  /**
   * Replaces the secret in place. A rotation by age that another request was quicker at is an ordinary save.
   * @returns undefined if the session is gone
   * @throws `SessionRotatedError` if another request has replaced it and this one may not join
   */
  abstract rotate(held: HeldSession, rotation: Rotation): Promise<RotatedSession | undefined>;

  /**
   * Ends the session before and takes its last values along: the end of a login under a new name.
   * @returns the new session; undefined if the one before was over, or not admitted, so that nothing was taken
   */
  abstract replace(before: HeldSession, fresh: HeldSession, replacement: Replacement): Promise<HeldSession | undefined>;

  /** Takes back a session that {@link create} made and that no browser knows. */
  abstract discard(fresh: HeldSession): Promise<void>;

  /** Ends a session for good, whatever its secret is. @returns what it was, undefined if it was over already */
  abstract end(presented: PresentedSession, ending: Ending): Promise<StoredSession | undefined>;

  /** Ends a session if that is right of what is stored. @returns what it was, undefined if it was not ended here */
  abstract endIf(
    held: HeldSession,
    ending: Ending,
    judge: (record: SessionRecord) => boolean,
  ): Promise<StoredSession | undefined>;

  /** Takes the lock of a session. @returns gives it back; undefined if another request has it */
  abstract lock(key: string): Promise<(() => Promise<void>) | undefined>;

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
  revokeAt(key: IdpKey): Promise<number | undefined> {
    return this.directory?.endAt(key) ?? Promise.reject(SessionUsageError.needsIndex('revokeByIdp()'));
  }

  /** What stands against such a subject: a session that comes from it carries it along. Undefined where it need not. */
  idpRevokedBefore(_key: IdpKey): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Whether this is the first call with this name, for values that a browser could send again in an old cookie.
   * @param until milliseconds since the epoch: when nobody asks any more
   */
  claim(_name: string, _until: number): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** See {@link EngineContext.describe}. */
  describe(handle: string, data?: SessionValues, facts?: SessionFacts): SubjectWithActor {
    return this.context.describe(handle, data, facts);
  }
}
