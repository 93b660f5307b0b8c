import { SessionError } from './session.error.js';

/** There is no session in this context: outside of a request, or before the session middleware ran. */
export class SessionContextError extends SessionError {
  readonly code = 'SESSION_NO_CONTEXT';

  /** @param what the call */
  static noUser(what: string): SessionContextError {
    return new SessionContextError(
      `${what} was called without a user. Call it in a request whose session has a user and is stored, or name ` +
        'the user: revokeAll(userId).',
    );
  }

  static outsideRequest(what: string): SessionContextError {
    return new SessionContextError(
      `${what} was called outside a request that the session middleware handles. Call it from a controller, guard, ` +
        'interceptor or provider while a request is under way; for background work keep what you need from the session ' +
        'and pass it on. If this is a request: mount the session middleware before the code that needs it.',
    );
  }
}
