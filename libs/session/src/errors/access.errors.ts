import { SessionError } from './session.error.js';

/** The request has no user, and the route needs one: HTTP 401. */
export class SignInRequiredError extends SessionError {
  readonly code = 'SIGN_IN_REQUIRED';

  constructor(message = 'Sign in to continue.') {
    super(message);
  }
}

/**
 * There is no pending login: none was begun in this session, it took too long, or another request completed it: HTTP 401.
 * The user starts again with the first factor.
 */
export class SessionLoginNotPendingError extends SessionError {
  readonly code = 'SESSION_LOGIN_NOT_PENDING';

  constructor() {
    super('No login is waiting to be completed. Sign in again.');
  }
}

/** The user is logged in and needs step-up authentication: HTTP 403, with the challenge of RFC 9470 in the body. */
export class SessionStepUpError extends SessionError {
  private constructor(
    /** `SESSION_REAUTH_REQUIRED`: authenticate again. `SESSION_AAL_REQUIRED`: authenticate with more factors. */
    readonly code: 'SESSION_REAUTH_REQUIRED' | 'SESSION_AAL_REQUIRED',
    message: string,
    private readonly need: { readonly maxAge: number } | { readonly requiredAal: number },
    /** For the header `WWW-Authenticate` (RFC 9470, section 3). */
    readonly challenge: string,
  ) {
    super(message);
  }

  /** `maxAge` in seconds, or `requiredAal`. */
  override get details(): Readonly<Record<string, number>> {
    return { ...this.need };
  }

  /** @param maxAge seconds */
  static reauthentication(maxAge: number): SessionStepUpError {
    const message = 'Confirm that it is you to continue.';
    return new SessionStepUpError('SESSION_REAUTH_REQUIRED', message, { maxAge }, challenge(`max_age="${maxAge}"`));
  }

  static assurance(requiredAal: number): SessionStepUpError {
    const message = 'Sign in with another factor to continue.';
    const wanted = challenge(`acr_values="aal${requiredAal}"`);
    return new SessionStepUpError('SESSION_AAL_REQUIRED', message, { requiredAal }, wanted);
  }
}

/** The user lacks the role that a route needs: HTTP 403. */
export class SessionRoleError extends SessionError {
  readonly code = 'SESSION_ROLE_REQUIRED';

  constructor() {
    super('You do not have the role that this needs.');
  }
}

/** The operation is not possible during an impersonation: HTTP 403. */
export class SessionImpersonationError extends SessionError {
  readonly code = 'SESSION_IMPERSONATION';

  static nested(): SessionImpersonationError {
    return new SessionImpersonationError('You are already acting as another user. Stop that first.');
  }

  static oneself(): SessionImpersonationError {
    return new SessionImpersonationError('You cannot act as yourself.');
  }

  /** @param what the call or page that is refused during an impersonation */
  static noProof(what: string): SessionImpersonationError {
    return new SessionImpersonationError(
      `${what} cannot be done on behalf of another user. Stop acting as the user first.`,
    );
  }
}

/** A page of another site sent a request that only the application's own pages may send: HTTP 403. */
export class SessionCrossOriginError extends SessionError {
  readonly code = 'SESSION_CROSS_ORIGIN';

  constructor() {
    super('Another site must not send this request.');
  }
}

/** There is no such session: it is over, never existed, or belongs to another user, which is not revealed: HTTP 404. */
export class SessionNotFoundError extends SessionError {
  readonly code = 'SESSION_NOT_FOUND';

  constructor() {
    super('There is no such session.');
  }
}

const challenge = (wanted: string): string => `Session error="insufficient_user_authentication", ${wanted}`;
