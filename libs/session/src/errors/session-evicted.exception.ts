import { UnauthorizedException } from '@nestjs/common';

/** The session ended because its user logged in on more devices than he may have at once: HTTP 401. */
export class SessionEvictedException extends UnauthorizedException {
  readonly code = 'SESSION_EVICTED';

  constructor() {
    super({
      message: 'You were signed out because you signed in on another device.',
      error: 'Unauthorized',
      statusCode: 401,
      errorCode: 'SESSION_EVICTED',
      code: 'session_evicted',
    });
  }
}
