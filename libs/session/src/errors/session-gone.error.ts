import { SessionError } from './session.error.js';

/** The session ended (logout, revocation, rotation or expiry) before it was saved. Nothing was written. */
export class SessionGoneError extends SessionError {
  readonly code = 'SESSION_GONE';
}
