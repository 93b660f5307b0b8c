import { STATUS_CODES, type ServerResponse } from 'node:http';
import { HttpException } from '@nestjs/common';
import { SESSION_ERROR, SessionError, type SessionErrorCode } from '../errors/session.error.js';

/** The status of each code. 500 is a fault of the application: Nest logs it and sends no details. */
export const HTTP_STATUS: Readonly<Record<SessionErrorCode, number>> = {
  SIGN_IN_REQUIRED: 401,
  SESSION_LOGIN_NOT_PENDING: 401,
  SESSION_GONE: 401,
  SESSION_EVICTED: 401,
  SESSION_REAUTH_REQUIRED: 403,
  SESSION_AAL_REQUIRED: 403,
  SESSION_ROLE_REQUIRED: 403,
  SESSION_IMPERSONATION: 403,
  SESSION_CROSS_ORIGIN: 403,
  SESSION_NOT_FOUND: 404,
  SESSION_ROTATED: 409,
  SESSION_LOCKED: 409,
  SESSION_LIMIT: 409,
  SESSION_TOO_LARGE: 413,
  SESSION_STORE_UNAVAILABLE: 503,
  SESSION_CONFIG_INVALID: 500,
  SESSION_NO_CONTEXT: 500,
  SESSION_REQUEST_OVER: 500,
  SESSION_LOGIN_SAFE_METHOD: 500,
  SESSION_LOGIN_USER: 500,
  SESSION_USER_ASSIGNED: 500,
  SESSION_HEADERS_SENT: 500,
  SESSION_INSECURE_TRANSPORT: 500,
  SESSION_NOT_LOADED: 500,
  SESSION_NOT_JSON: 500,
  SESSION_BAD_ID: 500,
  SESSION_BAD_DURATION: 500,
  SESSION_TIMEOUTS: 500,
  SESSION_ASYNC_UPDATE: 500,
  SESSION_NEEDS_STORE: 500,
  SESSION_NEEDS_INDEX: 500,
  SESSION_BAD_LIMIT: 500,
  SESSION_NO_SUCH_INDEX: 500,
  SESSION_COOKIE_SOURCE: 500,
  SESSION_EVENT_SCOPE: 500,
  SESSION_AUDIT_QUERY: 500,
  SESSION_AUTH_VERSION: 500,
  SESSION_AAL: 500,
  SESSION_IDP: 500,
  SESSION_VALUE: 500,
  SESSION_COOKIE: 500,
  SESSION_NOT_WRITABLE: 500,
};

/** Messages for clients where the error's own message is for logs, because it has details of the store or names keys. */
const PUBLIC_MESSAGES: Partial<Record<SessionErrorCode, string>> = {
  SESSION_STORE_UNAVAILABLE: 'The session store is not available. Try again in a moment.',
  SESSION_TOO_LARGE: 'The session has grown too large to be saved.',
};

/** Seconds after which a client may try again during an outage. */
const RETRY_AFTER = 1;

/** The JSON body of every error response of this library. Some codes add details, such as `maxAge`. */
export interface SessionErrorBody {
  readonly statusCode: number;
  readonly message: string;
  /** The name of the status. */
  readonly error: string;
  readonly code: SessionErrorCode;
  readonly [detail: string]: string | number;
}

/**
 * An error of this library as Nest sees it: exception filters shape it like any other `HttpException`. `cause` is the
 * plain error, for logs and its own fields; it is never sent.
 *
 * @example
 * @Catch(SessionException)
 * class SessionFilter implements ExceptionFilter<SessionException> {
 *   catch(exception: SessionException, host: ArgumentsHost) {
 *     if (exception.code === 'SIGN_IN_REQUIRED') ...
 *   }
 * }
 */
export class SessionException extends HttpException {
  /** Stable: match on it, not on the message. */
  readonly code: SessionErrorCode;
  declare readonly cause: SessionError;

  /** @param status another than that of the code: a redirect */
  constructor(cause: SessionError, status: number = HTTP_STATUS[cause.code]) {
    const body: SessionErrorBody = {
      statusCode: status,
      message: PUBLIC_MESSAGES[cause.code] ?? cause.message,
      error: STATUS_CODES[status] ?? 'Error',
      code: cause.code,
      ...cause.details,
    };
    super(body, status, { cause });
    this.code = cause.code;
  }

  /** @internal */
  get [SESSION_ERROR](): true {
    return true;
  }
}

/** Converts an error for Nest: an `HttpException` if it is for the client, otherwise the error itself. */
export function toHttp(error: unknown): unknown {
  return error instanceof SessionError && HTTP_STATUS[error.code] !== 500 ? new SessionException(error) : error;
}

/** Runs an operation and converts its errors for Nest. */
export async function withHttpErrors<T>(operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw toHttp(error);
  }
}

/** Sets `Retry-After` for a 503 of this library: from an exception filter, or from the commit. */
export function announceRetry(res: ServerResponse): void {
  if (res.statusCode === HTTP_STATUS.SESSION_STORE_UNAVAILABLE) res.setHeader('Retry-After', RETRY_AFTER);
}
