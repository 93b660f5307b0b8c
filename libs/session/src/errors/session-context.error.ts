import { SessionError } from './session.error.js';

/**
 * There is no session in this context: outside of a request, before the session middleware ran, or after the response
 * of the request was closed.
 */
export class SessionContextError extends SessionError {
  private constructor(
    message: string,
    override readonly code: 'SESSION_NO_CONTEXT' | 'SESSION_REQUEST_OVER' = 'SESSION_NO_CONTEXT',
  ) {
    super(message);
  }

  /** @param what the call */
  static noUser(what: string): SessionContextError {
    return new SessionContextError(
      `${what} was called without a user. Call it in a request whose session has a user and is stored, or name ` +
        'the user: revokeAll(userId).',
    );
  }

  /** @param what the call */
  static requestOver(what: string): SessionContextError {
    return new SessionContextError(
      `${what} was called after the response of its request was closed, as queues, pools, batches and timers do that a request ` +
        'has started: they run on in its context, also for others. Read what you need before the answer and pass it on. ' +
        'To change a session later: keep sessions.info.handle, and call SessionRegistry.update(handle, change).',
      'SESSION_REQUEST_OVER',
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
