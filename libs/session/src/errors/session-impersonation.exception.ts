import { HttpException } from '@nestjs/common';

/** What was asked for is not for somebody who acts as another user: HTTP 403. */
export class SessionImpersonationException extends HttpException {
  readonly code = 'SESSION_IMPERSONATION';

  /** @param message what cannot be done meanwhile, and what to do */
  constructor(message: string) {
    const error = { error: 'Forbidden', errorCode: 'SESSION_IMPERSONATION', code: 'impersonation' };
    super({ statusCode: 403, message, ...error }, 403);
  }

  static nested(): SessionImpersonationException {
    return new SessionImpersonationException('You act as another user already. Stop that first.');
  }

  static oneself(): SessionImpersonationException {
    return new SessionImpersonationException('You cannot act as yourself.');
  }

  static noProof(what: string): SessionImpersonationException {
    return new SessionImpersonationException(
      `${what} is for the user himself, and you act as him. Stop that first: then it is about your own session.`,
    );
  }
}
