import { SessionError } from './session.error.js';

/**
 * An operation of a store failed: the store is down, too slow, or refused a write. HTTP 503. The message is for logs and
 * never sent.
 */
export class SessionStoreError extends SessionError {
  readonly code = 'SESSION_STORE_UNAVAILABLE';

  /** Wraps an error of a store or another dependency. */
  static from(error: unknown): SessionStoreError {
    if (error instanceof SessionStoreError) return error;
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    return new SessionStoreError(`The session store failed: ${name}: ${message}`, { cause: error });
  }

  static readOnly(): SessionStoreError {
    return new SessionStoreError(
      "The session store is not available and onStoreError is 'anonymous': this session is read-only and cannot be saved.",
    );
  }
}
