import { SessionError } from './session.error.js';

/**
 * The session ended (logout, revocation, rotation or expiry) while it was in use, so nothing was saved: HTTP 401.
 */
export class SessionGoneError extends SessionError {
  readonly code = 'SESSION_GONE';

  constructor(message = 'The session has ended.', options?: ErrorOptions) {
    super(message, options);
  }
}

/** The session ended because its user signed in on more devices than the limit allows: HTTP 401. */
export class SessionEvictedError extends SessionError {
  readonly code = 'SESSION_EVICTED';

  constructor() {
    super('You were signed out because you signed in on another device.');
  }
}

/**
 * Another request has just replaced the secret of the session: this one, with the old secret, may read the session and not
 * write it. HTTP 409, and no cookie: the browser has the new one already, or gets it with another response. The same
 * request succeeds when it is sent again.
 */
export class SessionRotatedError extends SessionError {
  readonly code = 'SESSION_ROTATED';

  constructor() {
    super('The session has just been given a new id. Send the request again.');
  }
}

/**
 * Another request of the same session is still under way on a route marked `@SessionLock()`, and this one waited as
 * long as it may: HTTP 409. Nothing was changed.
 */
export class SessionLockError extends SessionError {
  readonly code = 'SESSION_LOCKED';

  constructor() {
    super('Another request of this session is still under way. Try again when it is done.');
  }
}

/** The user has as many sessions as the limit allows, and `whenFull` is `'reject'`: HTTP 409. Nothing was changed. */
export class SessionLimitError extends SessionError {
  readonly code = 'SESSION_LIMIT';

  constructor() {
    super('You are signed in on the maximum number of devices. Sign out on one of them first.');
  }
}
