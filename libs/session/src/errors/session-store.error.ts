import { SessionError } from './session.error.js';

/**
 * A store did not do its work: it is down, too slow, or refused a write. HTTP 503; the message is for logs and never
 * sent.
 */
export class SessionStoreError extends SessionError {
  readonly code = 'SESSION_STORE_UNAVAILABLE';

  /** What a store, or what else a session depends on, has thrown. */
  static from(error: unknown): SessionStoreError {
    if (error instanceof SessionStoreError) return error;
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    return new SessionStoreError(`The session store failed: ${name}: ${message}`, { cause: error });
  }

  static readOnly(): SessionStoreError {
    return new SessionStoreError(
      "The session store is out of order and onStoreError is 'anonymous': this session is read-only and cannot be saved.",
    );
  }
}
