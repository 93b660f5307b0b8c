import { HttpException } from '@nestjs/common';

/**
 * The user is logged in, and has to prove more than that: HTTP 403, with the challenge of RFC 9470 in the body.
 * Exception filters shape it like any other `HttpException`.
 */
export class SessionStepUpException extends HttpException {
  private constructor(
    /** `SESSION_REAUTH_REQUIRED`: prove again who you are. `SESSION_AAL_REQUIRED`: prove it with more factors. */
    readonly code: 'SESSION_REAUTH_REQUIRED' | 'SESSION_AAL_REQUIRED',
    message: string,
    details: object,
    /** For the header `WWW-Authenticate` (RFC 9470, section 3). */
    readonly challenge: string,
  ) {
    super({ statusCode: 403, message, error: 'Forbidden', errorCode: code, ...details }, 403);
  }

  /** @param maxAge seconds */
  static reauthentication(maxAge: number): SessionStepUpException {
    return new SessionStepUpException(
      'SESSION_REAUTH_REQUIRED',
      'Confirm that it is you to continue.',
      { code: 'reauthentication_required', maxAge },
      challenge(`max_age="${maxAge}"`),
    );
  }

  static assurance(requiredAal: number): SessionStepUpException {
    return new SessionStepUpException(
      'SESSION_AAL_REQUIRED',
      'Sign in with another factor to continue.',
      { code: 'aal_required', requiredAal },
      challenge(`acr_values="aal${requiredAal}"`),
    );
  }
}

const challenge = (wanted: string): string => `Session error="insufficient_user_authentication", ${wanted}`;
