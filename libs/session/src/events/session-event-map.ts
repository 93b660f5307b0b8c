/** A session as events name it. Never an id, a cookie or a value of the session. */
export interface SessionSubject {
  /** Public name of the session: the same in lists and logs, and not reversible to its id. */
  readonly handle: string;
  /** Who was logged in, if anybody. */
  readonly userId?: string | number;
}

/** Who did it, where that was not the session's own user. */
export interface SessionActor {
  readonly userId: string | number;
}

/** What every event tells besides its own fields. */
export interface SessionOccurrence {
  /** Why it happened, as a word for programs. */
  readonly reason?: string;
  /** Who did it, when it was not the user himself: an administrator who ends a session, or who is impersonating him. */
  readonly actor?: SessionActor;
  /** Milliseconds since the epoch, by the clock of the module. */
  readonly at: number;
}

/** What every event about one session tells. */
export interface SessionEvent extends SessionSubject, SessionOccurrence {}

/** The events and what they carry. A session is always named by its handle. */
export interface SessionEventMap {
  /** A session was stored that continues no earlier one: by a login, or for an anonymous visitor. */
  created: SessionEvent & { readonly reason: 'login' | 'anonymous' };
  /** A user logged in; `handle` is the new session's. */
  login: SessionEvent;
  /** A user logged out. */
  logout: SessionEvent;
  /**
   * The session got another secret under the same name. `reason` is the event that asked for it, `'age'` for a secret that
   * was old enough, or `'requested'` by the application.
   */
  rotated: SessionEvent & {
    readonly reason:
      'login' | 'reauthenticated' | 'elevated' | 'impersonated' | 'impersonationEnded' | 'age' | 'requested';
  };
  /** A user who was logged in proved again who he is. */
  reauthenticated: SessionEvent;
  /** The session rose to another authenticator assurance level. */
  elevated: SessionEvent & { readonly aal: number };
  /** Somebody acts as another user: `userId` is whom he acts as, `actor` who he is. */
  impersonated: SessionEvent & {
    readonly actor: SessionActor;
    /** Milliseconds since the epoch: when it ends by itself. */
    readonly until: number;
  };
  /** Somebody acts as himself again; `userId` is whom he acted as. */
  impersonationEnded: SessionEvent & { readonly actor: SessionActor; readonly reason: 'stopped' | 'expired' };
  /** The session made room for a newer one of its user. */
  evicted: SessionEvent & { readonly reason: 'limit' };
  /** A session, or every session of a user, was ended from outside of it. `count` tells how many, where that is known. */
  revoked: Partial<SessionSubject> & SessionOccurrence & { readonly count?: number };
  /** The session was destroyed other than by logging out: `reason` is `'replaced'` where a login took its place. */
  destroyed: SessionEvent;
  /**
   * A session was found to be over: by the request that came with it, or by the store that swept it. At most once for
   * each session, and best effort: a store that forgets by itself, as Redis does, does so in silence.
   */
  expired: SessionEvent & { readonly reason: 'idle' | 'absolute' };
  /** What a request changed was not saved, because its session had ended meanwhile or could not be written. */
  rejected: SessionEvent & { readonly reason: 'ended' | 'rotated' | 'read-only' | 'headers-sent' | 'limit' };
  /**
   * The cookie opened no session, for a reason that a browser alone does not cause: the request is anonymous. Of events
   * with the same reason, source and handle the first in a minute is told at once; those after it are told as one, with
   * their `count`, when the minute is over.
   */
  invalid: Partial<SessionSubject> &
    SessionOccurrence & {
      /** Where the request came from, as far as the option `client` lets that be known and sources are few. */
      readonly source?: { readonly ip: string };
      /** How many. @default 1 */
      readonly count?: number;
      readonly reason:
        /** More than one cookie, each of a live session. */
        | 'ambiguous'
        | 'signature'
        /** The store has something under this session's name that is no record. It was deleted. */
        | 'corrupt'
        /** The token is newer than what the store has: the store has lost writes. */
        | 'ahead'
        /** Written by a later release of this library: neither read nor overwritten. */
        | 'version'
        /** It has not the shape of a sealed session. */
        | 'format'
        /** A seal was changed, or made with another password. */
        | 'tampered'
        /** A seal names a password that is not, or no longer, configured. */
        | 'unknown-password'
        /** A seal was made with our password for something else. */
        | 'foreign-purpose'
        /** The times of a session or a seal cannot be right: it comes from the future. */
        | 'time'
        /** The session was ended: somebody uses a copy of its cookie. */
        | 'revoked';
    };
  /**
   * A token came back that was replaced too long ago for a late request: a copy of it was kept, or the browser never got
   * its successor. The request is anonymous. Option `onReuse: 'end'` ends the session as well.
   */
  reuse: SessionEvent & {
    /** What replaced it. */
    readonly by: 'age' | 'asked' | 'proof';
    /** Milliseconds since then. */
    readonly age: number;
  };
  /** Two requests changed the same keys; the resolver decided (by default the last writer won). */
  conflict: SessionEvent & { readonly keys: readonly string[] };
  /** A user logged in from a kind of device that none of his other sessions is from. */
  newDevice: SessionEvent & {
    /** For people, such as `Firefox on Windows`. */
    readonly device: string;
    /** The same for every session from this kind of device, for an application that remembers those it has seen. */
    readonly deviceId: string;
    /** How many other sessions the user has. With none, there is nothing to compare with, and every device is new. */
    readonly others: number;
  };
  /** The store did not do its work. */
  storeError: SessionOccurrence & { readonly operation: string; readonly error: Error };
}

/** The name of an event. */
export type SessionEventName = keyof SessionEventMap;

// An object, so that the compiler misses an event that is not here.
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

/** Every event there is. */
export const SESSION_EVENT_NAMES = Object.keys(NAMES) as readonly SessionEventName[];

/** What the code that emits an event has to give; the time is added. */
export type EmittedEvent<K extends SessionEventName> = Omit<SessionEventMap[K], 'at'>;
