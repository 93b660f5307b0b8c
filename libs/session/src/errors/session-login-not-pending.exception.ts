import { HttpException } from '@nestjs/common';

/**
 * No login waits for its second factor: none was begun in this session, it took too long, or it was completed by another
 * request: HTTP 401. The user begins anew with the first factor.
 */
export class SessionLoginNotPendingException extends HttpException {
  readonly code = 'SESSION_LOGIN_NOT_PENDING';

  constructor() {
    const message = 'No login waits to be completed. Sign in again.';
    const error = { error: 'Unauthorized', errorCode: 'SESSION_LOGIN_NOT_PENDING', code: 'login_not_pending' };
    super({ statusCode: 401, message, ...error }, 401);
  }
}
