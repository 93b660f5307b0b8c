import type { SessionUser } from './session-user.js';

/**
 * What is known of a session besides its values and deadlines: set at login and at whatever gives it a new id, carried
 * on by rotations. JSON, every field optional, so that records of older releases stay readable.
 */
export interface SessionFacts {
  /** Milliseconds: the idle timeout of this session, where it is not the policy's. */
  readonly idleTimeout?: number;
  /** How sure it is who the user is: the authenticator assurance level of his login (NIST SP 800-63B-4, section 2). */
  readonly aal?: AssuranceLevel;
  /** Milliseconds since the epoch: when the user last proved who he is. */
  readonly authTime?: number;
  /** Digest of what `authVersion` gave for the user; a session with another one than today's is over. */
  readonly authVersion?: string;
  /** Who is about to log in, and is not yet: he owes a second factor. */
  readonly pending?: PendingFacts;
  /** Who acts as the user of this session, and until when (milliseconds since the epoch). */
  readonly actor?: { readonly id: string | number; readonly until: number; readonly reason?: string };
  /** The actor's own session, which comes back when he stops. */
  readonly suspended?: SuspendedFacts;
  /** The session at the identity provider that this one came from. */
  readonly idp?: IdpFacts;
  /** The address that the user came from last, as far as it is known: at login, and whenever the session is renewed. */
  readonly ip?: string;
  /** What his browser called itself then, without control characters and at most 256 of the others. */
  readonly userAgent?: string;
  /** The browser and system of the user for people, where {@link userAgent} is not kept: `Firefox on Windows`. */
  readonly device?: string;
  /** The kind of device that the session began on. */
  readonly deviceClass?: 'desktop' | 'mobile' | 'tablet' | 'other';
  /** Milliseconds since the epoch: until when the store's index knows of the session, unless it is told again. */
  readonly indexedUntil?: number;
}

/** Authenticator assurance levels (NIST SP 800-63B-4, section 2). */
export type AssuranceLevel = 1 | 2 | 3;

/** A login that lacks its second factor. */
export interface PendingFacts {
  readonly user: SessionUser;
  /** Milliseconds since the epoch: when it has to begin anew. */
  readonly until: number;
  /** What {@link SessionFacts.authVersion} was when the first factor was checked. */
  readonly authVersion?: string;
  /** What stood against the user when the first factor was checked: ending all sessions since then ends the login too. */
  readonly revokedBefore?: number;
}

/** What becomes of an actor's own session while he acts as somebody else. */
export interface SuspendedFacts {
  /** The application's values, the actor as `user` among them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly aal?: AssuranceLevel;
  readonly authTime?: number;
  readonly authVersion?: string;
}

/** A session at an identity provider (OpenID Connect Back-Channel Logout 1.0). */
export interface IdpFacts {
  readonly issuer: string;
  readonly sid?: string;
  readonly sub?: string;
  /** Milliseconds since the epoch: when the user has to come from the identity provider again. */
  readonly until?: number;
  /** What stood against the subject at the identity provider when the user came from there (milliseconds since the epoch). */
  readonly revokedBefore?: number;
}
