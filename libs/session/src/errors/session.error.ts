/** Marks the errors of this library, also those of another copy of it and of another realm. @internal */
export const SESSION_ERROR: unique symbol = Symbol.for('nest-session:error');

/** Why an operation on a session failed. Stable: match on it, not on the message. docs/errors.md has them all. */
export type SessionErrorCode =
  // For clients, which can react to them.
  | 'SIGN_IN_REQUIRED'
  | 'SESSION_LOGIN_NOT_PENDING'
  | 'SESSION_REAUTH_REQUIRED'
  | 'SESSION_AAL_REQUIRED'
  | 'SESSION_ROLE_REQUIRED'
  | 'SESSION_IMPERSONATION'
  | 'SESSION_CROSS_ORIGIN'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_GONE'
  | 'SESSION_EVICTED'
  | 'SESSION_ROTATED'
  | 'SESSION_LOCKED'
  | 'SESSION_LIMIT'
  | 'SESSION_TOO_LARGE'
  | 'SESSION_STORE_UNAVAILABLE'
  // For developers.
  | 'SESSION_CONFIG_INVALID'
  | 'SESSION_NO_CONTEXT'
  | 'SESSION_REQUEST_OVER'
  | SessionUsageCode;

/** The codes of `SessionUsageError`. */
export type SessionUsageCode =
  | 'SESSION_LOGIN_SAFE_METHOD'
  | 'SESSION_LOGIN_USER'
  | 'SESSION_USER_ASSIGNED'
  | 'SESSION_HEADERS_SENT'
  | 'SESSION_INSECURE_TRANSPORT'
  | 'SESSION_NOT_LOADED'
  | 'SESSION_NOT_JSON'
  | 'SESSION_BAD_ID'
  | 'SESSION_BAD_DURATION'
  | 'SESSION_TIMEOUTS'
  | 'SESSION_ASYNC_UPDATE'
  | 'SESSION_NEEDS_STORE'
  | 'SESSION_NEEDS_INDEX'
  | 'SESSION_BAD_LIMIT'
  | 'SESSION_NO_SUCH_INDEX'
  | 'SESSION_COOKIE_SOURCE'
  | 'SESSION_EVENT_SCOPE'
  | 'SESSION_AUDIT_QUERY'
  | 'SESSION_AUTH_VERSION'
  | 'SESSION_AAL'
  | 'SESSION_IDP'
  | 'SESSION_VALUE'
  | 'SESSION_COOKIE'
  | 'SESSION_NOT_WRITABLE';

/**
 * The base of the plain errors of this library. Inside Nest, those that have an HTTP status are thrown as a
 * `SessionException`, whose `cause` is the plain error.
 */
export abstract class SessionError extends Error {
  abstract readonly code: SessionErrorCode;

  /** Additional fields of the JSON body of the response. Never a secret. */
  get details(): Readonly<Record<string, string | number>> {
    return {};
  }

  override get name(): string {
    return this.constructor.name;
  }

  /** @internal */
  get [SESSION_ERROR](): true {
    return true;
  }
}

/**
 * Whether an error is one of this library: a `SessionError`, or the `SessionException` that Nest sees. Works for errors
 * of another installed copy and of another realm too, where `instanceof` does not.
 *
 * @example
 * if (isSessionError(error) && error.code === 'SESSION_GONE') return redirect('/login');
 */
export function isSessionError(error: unknown): error is Error & { readonly code: SessionErrorCode } {
  return typeof error === 'object' && error !== null && SESSION_ERROR in error && error[SESSION_ERROR] === true;
}
