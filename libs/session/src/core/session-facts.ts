import type { SessionUser } from './session-user.js';

/**
 * What is known about a session besides its values and deadlines. Set at login and at other steps of authentication, and
 * kept by rotations. JSON. Every field is optional, so that records of older releases stay readable.
 */
export interface SessionFacts {
  /** Milliseconds: the idle timeout of this session, where it is not the policy's. */
  readonly idleTimeout?: number;
  /** The authenticator assurance level of the login (NIST SP 800-63B-4, section 2). */
  readonly aal?: AssuranceLevel;
  /** Milliseconds since the epoch: when the user last authenticated. */
  readonly authTime?: number;
  /** Digest of what `authVersion` returned for the user. A session with another one than the current is over. */
  readonly authVersion?: string;
  /** A login whose second factor is missing. */
  readonly pending?: PendingFacts;
  /** Who acts as the user of this session, and until when (milliseconds since the epoch). */
  readonly actor?: { readonly id: string | number; readonly until: number; readonly reason?: string };
  /** The actor's own session, which is restored when the impersonation stops. */
  readonly suspended?: SuspendedFacts;
  /** The session at the identity provider that this one came from. */
  readonly idp?: IdpFacts;
  /** The last known address of the user, from the login or the last renewal. */
  readonly ip?: string;
  /** The `User-Agent` of that request, without control characters and at most 256 characters long. */
  readonly userAgent?: string;
  /** A readable name of browser and system, where {@link userAgent} is not kept: `Firefox on Windows`. */
  readonly device?: string;
  /** The kind of device that the session began on. */
  readonly deviceClass?: 'desktop' | 'mobile' | 'tablet' | 'other';
  /** Milliseconds since the epoch: when the entries in the store's index expire unless they are extended. */
  readonly indexedUntil?: number;
}

/** Authenticator assurance levels (NIST SP 800-63B-4, section 2). */
export type AssuranceLevel = 1 | 2 | 3;

/** A login that lacks its second factor. */
export interface PendingFacts {
  readonly user: SessionUser;
  /** Milliseconds since the epoch: when the login has to start again. */
  readonly until: number;
  /** What {@link SessionFacts.authVersion} was when the first factor was checked. */
  readonly authVersion?: string;
  /** `revokedBefore` of the user when the first factor was checked: a later revocation ends the login too. */
  readonly revokedBefore?: number;
}

/** An actor's own session during an impersonation. */
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
  /** Milliseconds since the epoch: when the user has to log in at the identity provider again. */
  readonly until?: number;
  /** `revokedBefore` of the subject at the identity provider when the user came from there (milliseconds since the epoch). */
  readonly revokedBefore?: number;
}
