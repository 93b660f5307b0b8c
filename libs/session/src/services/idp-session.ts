import { SessionUsageError } from '../errors/session-usage.error.js';
import type { IdpSession } from '../assurance/idp-binding.js';
import type { Duration } from '../options/duration.js';
import { requireDuration } from './argument-checks.js';

/** A session at an identity provider, from its ID token. At least one of `sid` and `sub`. */
export interface IdpSessionOptions {
  /** `iss` of the ID token. */
  issuer: string;
  /** `sid` of the ID token. */
  sid?: string | undefined;
  /** `sub` of the ID token. */
  sub?: string | undefined;
  /**
   * `auth_time` of the ID token, as a date or in milliseconds since the epoch (the token has seconds). Used by
   * `@RequireRecentLogin()`.
   * @default now
   */
  authTime?: Date | number | undefined;
  /**
   * The session ends when the user was at the identity provider longer ago than this (ASVS V7.6.1).
   * @default undefined: its own deadlines
   */
  maxAge?: Duration | undefined;
}

const MAX_LENGTH = 2048;

/** @throws `SessionUsageError` */
export function checkIdpSession({ issuer, sid, sub, authTime, maxAge }: IdpSessionOptions): IdpSession {
  for (const [name, value] of Object.entries({ issuer, sid, sub })) {
    if (value === undefined && name !== 'issuer') continue;
    if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH)
      throw SessionUsageError.idp(`needs ${name} as text of 1 to ${MAX_LENGTH} characters.`);
  }
  if (sid === undefined && sub === undefined) throw SessionUsageError.idp('needs sid or sub.');
  const proven = authTime === undefined ? undefined : Number(authTime);
  if (proven !== undefined && !(proven > 0)) throw SessionUsageError.idp('needs authTime as a date or milliseconds.');
  return {
    issuer,
    sid,
    sub,
    authTime: proven,
    maxAge: maxAge === undefined ? undefined : requireDuration('maxAge', maxAge),
  };
}
