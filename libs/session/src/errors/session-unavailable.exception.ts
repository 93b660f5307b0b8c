import { ServiceUnavailableException } from '@nestjs/common';

/**
 * The session cannot be read or saved because its store is out of order: HTTP 503. Exception filters shape it like
 * any other `HttpException`; `cause` is for logs and never sent.
 */
export class SessionUnavailableException extends ServiceUnavailableException {
  readonly code = 'SESSION_STORE_UNAVAILABLE';
  /** Seconds after which a client may try again: what the `Retry-After` header says. */
  static readonly RETRY_AFTER = 1;

  constructor(cause: unknown) {
    super('The session store is not available. Try again in a moment.', {
      cause: cause instanceof Error ? cause : new Error(String(cause)),
      errorCode: 'SESSION_STORE_UNAVAILABLE',
    });
  }
}
