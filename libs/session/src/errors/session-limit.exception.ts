import { ConflictException } from '@nestjs/common';

/**
 * The user has as many sessions as he may, and `whenFull` is `'reject'`: HTTP 409. Nothing was ended and nobody was
 * logged in.
 */
export class SessionLimitException extends ConflictException {
  readonly code = 'SESSION_LIMIT';

  constructor() {
    super({
      message: 'You are signed in on as many devices as you may. Sign out on one of them first.',
      error: 'Conflict',
      statusCode: 409,
      errorCode: 'SESSION_LIMIT',
      code: 'session_limit',
    });
  }
}
