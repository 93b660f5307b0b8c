import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import type { SessionObject } from '../request/live-session.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { SessionEvictedError } from '../errors/session-state.errors.js';
import { SignInRequiredError } from '../errors/access.errors.js';
import { SessionException } from '../http/http-errors.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';
import { logMissingSession } from './missing-session.js';
import { rawHttp, redirectBrowser } from './raw-http.js';

/** Options of {@link AuthGuard}. */
export interface AuthGuardOptions {
  /**
   * Sends browsers (`Accept: text/html`) to this page instead of answering 401, with `?returnTo=` the page they wanted.
   * @default undefined: 401 for all requests
   */
  redirectTo?: string;
}

/** @internal */
export const AUTH_GUARD_OPTIONS = Symbol('nest-session:auth-guard-options');

/**
 * Lets in requests with a user; 401 for all others. Fails closed: without the session middleware it refuses all requests.
 * Responses are kept out of caches, unless the handler says otherwise.
 *
 * @example
 * @UseGuards(AuthGuard)
 * @example
 * // everywhere, with @Public() for exceptions, and a login page for browsers
 * { provide: APP_GUARD, useValue: new AuthGuard({ redirectTo: '/login' }) }
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(@Optional() @Inject(AUTH_GUARD_OPTIONS) private readonly options: AuthGuardOptions = {}) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.isPublic(context)) return true;
    const request = sessionOfRequest(this.getRequest(context));
    if (!request) logMissingSession(AuthGuard.name, context);
    else if (!request.state.loaded) await request.load();
    const session = request?.session as SessionObject | undefined;
    if (!request || !session || !this.getUser(session)) return this.handleUnauthenticated(context);
    request.admitted();
    return true;
  }

  /** Whether the route is public: by its handler, or by its own controller class, not by a base class. */
  protected isPublic(context: ExecutionContext): boolean {
    return ownMark(context.getHandler()) ?? ownMark(context.getClass()) ?? false;
  }

  /** The request that carries the session. Override it for another transport. */
  protected getRequest(context: ExecutionContext): unknown {
    return requestOf(context);
  }

  /** The user, or undefined. Override it if another key holds the user. */
  protected getUser(session: SessionObject): SessionUser | undefined {
    return userIdOf({ user: session.user }) === undefined ? undefined : session.user;
  }

  /**
   * Answers a request without a user. If its session was evicted, the answer says so.
   * @throws `SessionException` (401), or a redirect to the login page
   */
  protected handleUnauthenticated(context: ExecutionContext): never {
    const { redirectTo } = this.options;
    const evicted = sessionOfRequest(this.getRequest(context))?.state.ending === 'evicted';
    const refusal = evicted ? new SessionEvictedError() : new SignInRequiredError();
    const redirect =
      redirectTo === undefined
        ? undefined
        : redirectBrowser(
            rawHttp(this.getRequest(context), context),
            redirectTo,
            refusal,
            evicted ? 'evicted' : undefined,
          );
    throw redirect ?? new SessionException(refusal);
  }
}

/** Metadata is inherited, but a base class must not make all classes public that extend it. */
function ownMark(target: object): boolean | undefined {
  const mark: unknown = Reflect.getOwnMetadata(Public.KEY, target);
  return typeof mark === 'boolean' ? mark : undefined;
}
