import { SessionError } from './session.error.js';

/**
 * The session does not fit into its cookie, or is larger than `maxSessionBytes`, so nothing was saved and the stored session
 * is unchanged: HTTP 413. The message is for logs and never sent: it names the application's keys.
 */
export class SessionTooLargeError extends SessionError {
  readonly code = 'SESSION_TOO_LARGE';

  /**
   * @param size bytes of the Set-Cookie header, or of the seal where it is split
   * @param limit how many bytes are allowed
   * @param largest the keys that take the most bytes, largest first: their names, never their values
   * @param advice what to do
   * @param where what is limited, such as the cookie
   */
  constructor(
    readonly size: number,
    readonly limit: number,
    readonly largest: readonly { readonly key: string; readonly bytes: number }[],
    advice: string,
    where = 'in its cookie',
  ) {
    const keys = largest.map(({ key, bytes }) => `${key} (${bytes} bytes)`).join(', ');
    super(
      `The session takes ${size} bytes ${where} and ${limit} are possible, so it was not saved. ` +
        `Largest: ${keys || 'none'}. ${advice}`,
    );
  }

  /** @param values of the session */
  static ofSession(size: number, limit: number, values: Readonly<Record<string, unknown>>): SessionTooLargeError {
    const largest = Object.entries(values)
      .map(([key, value]) => ({ key, bytes: Buffer.byteLength(JSON.stringify(value) ?? '') }))
      .sort((one, other) => other.bytes - one.bytes)
      .slice(0, 3);
    const advice = 'Keep ids in the session and the rest in your database, or raise maxSessionBytes.';
    return new SessionTooLargeError(size, limit, largest, advice, 'as JSON');
  }
}
