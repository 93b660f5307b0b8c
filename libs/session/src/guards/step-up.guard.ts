import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AalRequired, RecentLoginRequired } from '../decorators/step-up.decorators.js';
import { authContextOf, type AuthContext } from '../assurance/auth-context.js';
import { SessionImpersonationError, SessionStepUpError, SignInRequiredError } from '../errors/access.errors.js';
import { SessionException } from '../http/http-errors.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';
import { logMissingSession } from './missing-session.js';
import { rawHttp, redirectBrowser } from './raw-http.js';

/** What a user has to do first. */
export type StepUpNeed =
  | { readonly code: 'SESSION_REAUTH_REQUIRED'; readonly maxAge: number }
  | { readonly code: 'SESSION_AAL_REQUIRED'; readonly requiredAal: number };

/** Options of {@link StepUpGuard}. */
export interface StepUpGuardOptions {
  /**
   * Sends browsers (`Accept: text/html`) to this page instead of answering 403, with `?returnTo=` the page they wanted.
   * A function returns the page for what is needed.
   * @default undefined: 403 for all requests
   */
  redirectTo?: string | ((need: StepUpNeed) => string);
}

/** @internal */
export const STEP_UP_GUARD_OPTIONS = Symbol('nest-session:step-up-guard-options');

/**
 * Lets in users who meet `@RequireRecentLogin()` and `@RequireAal()`. Others get 403, with
 * `code` `SESSION_REAUTH_REQUIRED` and `maxAge` (seconds), or `SESSION_AAL_REQUIRED` and `requiredAal`, and both in
 * the header `WWW-Authenticate` (RFC 9470); without a user it answers 401, and during an impersonation 403 with
 * `SESSION_IMPERSONATION`. It lets in all requests to routes without these decorators; put `AuthGuard` before it.
 *
 * @example
 * @UseGuards(AuthGuard, StepUpGuard)
 * @RequireRecentLogin('10m')
 * @example
 * // everywhere, with a page for browsers that asks for the password
 * { provide: APP_GUARD, useValue: new StepUpGuard({ redirectTo: '/confirm' }) }
 */
@Injectable()
export class StepUpGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(@Optional() @Inject(STEP_UP_GUARD_OPTIONS) private readonly options: StepUpGuardOptions = {}) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const recent = this.reflector.getAllAndOverride(RecentLoginRequired, targets);
    const aal = this.reflector.getAllAndOverride(AalRequired, targets);
    if (recent === undefined && aal === undefined) return true;
    const request = sessionOfRequest(requestOf(context));
    if (!request) logMissingSession(StepUpGuard.name, context);
    else if (!request.state.loaded) await request.load();
    const auth = request?.session && request.view(authContextOf);
    if (!auth || auth.anonymous) throw new SessionException(new SignInRequiredError());
    request.admitted();
    if (auth.impersonated && [recent, aal].some((rule) => rule && !rule.allowImpersonated))
      throw new SessionException(SessionImpersonationError.noProof('This'));
    // The level first: authenticating with more factors meets both.
    if (aal && auth.aal < aal.aal) this.refuse(context, { code: 'SESSION_AAL_REQUIRED', requiredAal: aal.aal });
    if (recent) this.requireRecent(context, auth, recent.maxAge);
    return true;
  }

  private requireRecent(context: ExecutionContext, { authAge }: AuthContext, maxAge: number): void {
    if (authAge <= maxAge) return;
    this.refuse(context, { code: 'SESSION_REAUTH_REQUIRED', maxAge: Math.floor(maxAge / 1000) });
  }

  private refuse(context: ExecutionContext, need: StepUpNeed): never {
    const refusal =
      need.code === 'SESSION_REAUTH_REQUIRED'
        ? SessionStepUpError.reauthentication(need.maxAge)
        : SessionStepUpError.assurance(need.requiredAal);
    const { redirectTo } = this.options;
    const page = typeof redirectTo === 'function' ? redirectTo(need) : redirectTo;
    const http = rawHttp(requestOf(context), context);
    const redirect = page === undefined ? undefined : redirectBrowser(http, page, refusal);
    if (redirect) throw redirect;
    if (http.res && !http.res.headersSent) {
      http.res.setHeader('WWW-Authenticate', refusal.challenge);
      http.res.setHeader('Cache-Control', 'no-store');
    }
    throw new SessionException(refusal);
  }
}
