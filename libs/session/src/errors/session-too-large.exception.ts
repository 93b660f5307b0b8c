import { PayloadTooLargeException } from '@nestjs/common';
import type { SessionTooLargeError } from './session-too-large.error.js';

/** The session does not fit into its cookie or `maxSessionBytes`, so nothing was saved and the one before still stands: HTTP 413. */
export class SessionTooLargeException extends PayloadTooLargeException {
  readonly code = 'SESSION_TOO_LARGE';
  /** Bytes that it needs. */
  readonly size: number;
  /** Bytes that there are. */
  readonly limit: number;
  /** The keys of the session that take the most, largest first. Their names, never their values. */
  readonly largest: readonly { readonly key: string; readonly bytes: number }[];

  /** @param cause for logs, never sent: it names the application's keys */
  constructor(cause: SessionTooLargeError) {
    super('The session has grown too large to be saved.', { cause, errorCode: 'SESSION_TOO_LARGE' });
    this.size = cause.size;
    this.limit = cause.limit;
    this.largest = cause.largest;
  }
}
