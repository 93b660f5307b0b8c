/** A session as events name it. Never an id, a cookie or a value of the session. */
export interface SessionSubject {
  /** Public name of the session: the same in lists and logs, and not reversible to its id. */
  readonly handle: string;
  /** The id of the user; undefined in an anonymous session. */
  readonly userId?: string | number;
}

/** The user who did it, if not the session's own user. */
export interface SessionActor {
  readonly userId: string | number;
}

/** The fields that every event has. */
export interface SessionOccurrence {
  /** Why it happened, as a word for code. */
  readonly reason?: string;
  /** Set if another user did it: an administrator who ends a session, or an actor who impersonates the user. */
  readonly actor?: SessionActor;
  /** Milliseconds since the epoch, by the clock of the module. */
  readonly at: number;
}

/** The fields of every event about one session. */
export interface SessionEvent extends SessionSubject, SessionOccurrence {}

/** The events and their fields. A session is always named by its handle. */
export interface SessionEventMap {
  /** A new session was stored: by a login, or as an anonymous session. */
  created: SessionEvent & { readonly reason: 'login' | 'anonymous' };
  /** A user logged in; `handle` is the new session's. */
  login: SessionEvent;
  /** A user logged out. */
  logout: SessionEvent;
  /**
   * The session got another secret under the same name. `reason` is the event that caused it, `'age'` because of
   * `rotateAfter`, or `'requested'` by the application.
   */
  rotated: SessionEvent & {
    readonly reason:
      'login' | 'reauthenticated' | 'elevated' | 'impersonated' | 'impersonationEnded' | 'age' | 'requested';
  };
  /** A user who was logged in authenticated again. */
  reauthenticated: SessionEvent;
  /** The session rose to another authenticator assurance level. */
  elevated: SessionEvent & { readonly aal: number };
  /** An impersonation began: `actor` now acts as the user `userId`. */
  impersonated: SessionEvent & {
    readonly actor: SessionActor;
    /** Milliseconds since the epoch: when it ends at the latest. */
    readonly until: number;
  };
  /** An impersonation ended; `userId` is the user that `actor` acted as. */
  impersonationEnded: SessionEvent & { readonly actor: SessionActor; readonly reason: 'stopped' | 'expired' };
  /**
   * The session was ended to make room: its user reached the limit with a newer one (`'limit'`), or `memoryStore()` is full.
   * Of anonymous sessions that a full store evicts, one a minute is told.
   */
  evicted: SessionEvent & { readonly reason: 'limit' | 'store-full' };
  /** A session, or every session of a user, was ended from outside of it. `count` is their number, where it is known. */
  revoked: Partial<SessionSubject> & SessionOccurrence & { readonly count?: number };
  /** The session was destroyed other than by logging out: `reason` is `'replaced'` if a login replaced it. */
  destroyed: SessionEvent;
  /**
   * A session was found to be expired: by a request with its cookie, or by a sweep of the store. At most once for each
   * session, and best effort: a store that deletes by itself, as Redis does, does not report it.
   */
  expired: SessionEvent & { readonly reason: 'idle' | 'absolute' };
  /** The changes of a request were not saved, because its session had ended meanwhile or could not be written. */
  rejected: SessionEvent & { readonly reason: 'ended' | 'rotated' | 'read-only' | 'headers-sent' | 'limit' };
  /**
   * The cookie opened no session, for a reason that a browser alone does not cause. The request is anonymous. Of events
   * with the same reason, source and handle the first in a minute is emitted at once; further ones are emitted as one event
   * with their `count` when the minute is over.
   */
  invalid: Partial<SessionSubject> &
    SessionOccurrence & {
      /** Where the request came from, if the option `client` keeps addresses and there are few sources. */
      readonly source?: { readonly ip: string };
      /** How many. @default 1 */
      readonly count?: number;
      readonly reason:
        /** More than one cookie, each of a live session. */
        | 'ambiguous'
        | 'signature'
        /** What the store has under this session's name is no record. It was deleted. */
        | 'corrupt'
        /** The token is newer than the record: the store has lost writes. */
        | 'ahead'
        /** Written by a later release of this library: neither read nor overwritten. */
        | 'version'
        /** It does not have the shape of a sealed session. */
        | 'format'
        /** A seal was changed, or made with another password. */
        | 'tampered'
        /** A seal names a password that is not, or no longer, configured. */
        | 'unknown-password'
        /** A seal was made with the password for another purpose. */
        | 'foreign-purpose'
        /** The times of a session or a seal are in the future. */
        | 'time'
        /** The session was ended: a client uses a copy of its cookie. */
        | 'revoked';
    };
  /**
   * A token was sent that was replaced too long ago for a late request: a copy of it was kept, or the browser never got the
   * new one. The request is anonymous. Option `onReuse: 'end'` ends the session as well.
   */
  reuse: SessionEvent & {
    /** What replaced it. */
    readonly by: 'age' | 'asked' | 'proof';
    /** Milliseconds since then. */
    readonly age: number;
  };
  /** Two requests changed the same keys; the resolver decided (by default the last writer won). */
  conflict: SessionEvent & { readonly keys: readonly string[] };
  /** A user logged in on a kind of device that none of the user's other sessions is on. */
  newDevice: SessionEvent & {
    /** A readable name, such as `Firefox on Windows`. */
    readonly device: string;
    /** The same for every session on this kind of device, for applications that remember known devices. */
    readonly deviceId: string;
    /** How many other sessions of the user it was compared with: at most 20, the newest. With none, there is nothing to compare with, and every device is new. */
    readonly others: number;
  };
  /** An operation of the store failed. */
  storeError: SessionOccurrence & { readonly operation: string; readonly error: Error };
}

/** The name of an event. */
export type SessionEventName = keyof SessionEventMap;

// An object, so that the compiler reports a missing event.
const NAMES: Readonly<Record<SessionEventName, true>> = {
  created: true,
  login: true,
  logout: true,
  rotated: true,
  reauthenticated: true,
  elevated: true,
  impersonated: true,
  impersonationEnded: true,
  evicted: true,
  revoked: true,
  destroyed: true,
  expired: true,
  rejected: true,
  invalid: true,
  reuse: true,
  conflict: true,
  newDevice: true,
  storeError: true,
};

/** The names of all events. */
export const SESSION_EVENT_NAMES = Object.keys(NAMES) as readonly SessionEventName[];

/** The fields that the emitting code has to pass. The time is added. */
export type EmittedEvent<K extends SessionEventName> = Omit<SessionEventMap[K], 'at'>;
