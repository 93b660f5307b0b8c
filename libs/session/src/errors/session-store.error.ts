import { SessionError } from './session.error.js';

/** A store did not do its work: it is down, too slow, or refused a write. */
export class SessionStoreError extends SessionError {
  readonly code = 'SESSION_STORE_UNAVAILABLE';
}
