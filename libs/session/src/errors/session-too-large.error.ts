import { SessionError } from './session.error.js';

/**
 * The session does not fit into its cookie, so nothing was saved and the one before still stands: HTTP 413. The message
 * is for logs and never sent: it names the application's keys.
 */
export class SessionTooLargeError extends SessionError {
  readonly code = 'SESSION_TOO_LARGE';

  /**
   * @param size bytes of the Set-Cookie header, or of the seal where it is split
   * @param limit bytes that there are
   * @param largest the keys that take the most bytes, largest first: their names, never their values
   * @param advice what to do
   */
  constructor(
    readonly size: number,
    readonly limit: number,
    readonly largest: readonly { readonly key: string; readonly bytes: number }[],
    advice: string,
  ) {
    const keys = largest.map(({ key, bytes }) => `${key} (${bytes} bytes)`).join(', ');
    super(
      `The session takes ${size} bytes in its cookie and ${limit} are possible, so it was not saved. ` +
        `Largest: ${keys || 'none'}. ${advice}`,
    );
  }
}
