import { UnauthorizedException } from '@nestjs/common';

/** Nobody is logged in, and what was asked for is for users only: HTTP 401. */
export class SignInRequiredException extends UnauthorizedException {
  readonly code = 'SESSION_REQUIRED';

  constructor() {
    super('Sign in to continue.', { errorCode: 'SESSION_REQUIRED' });
  }
}
