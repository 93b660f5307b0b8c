import { UnauthorizedException } from '@nestjs/common';

/**
 * The session ended (logout, rotation, revocation or expiry) while this request was under way, so what the request
 * asked for cannot be saved: HTTP 401.
 */
export class SessionGoneException extends UnauthorizedException {
  readonly code = 'SESSION_GONE';

  constructor() {
    super('The session has ended.', { errorCode: 'SESSION_GONE' });
  }
}
