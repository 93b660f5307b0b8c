import { Inject, Injectable, Logger, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Public } from '../decorators/public.decorator.js';
import type { SessionObject } from '../request/live-session.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { SessionEvictedError } from '../errors/session-state.errors.js';
import { SignInRequiredError } from '../errors/access.errors.js';
import { SessionException } from '../http/http-errors.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';
import { varyByCookie } from '../http/transport/session-cookie.js';
import { rawHttp, redirectBrowser } from './raw-http.js';

/** Options of {@link AuthGuard}. */
export interface AuthGuardOptions {
  /**
   * Sends browsers (`Accept: text/html`) to this page instead of answering 401, with `?returnTo=` the page they wanted.
   * @default undefined: 401 for everybody
   */
  redirectTo?: string;
}

/** @internal */
export const AUTH_GUARD_OPTIONS = Symbol('nest-session:auth-guard-options');

/**
 * Lets in requests of somebody who is logged in; 401 for all others. Fails closed: without the session middleware
 * nobody gets in. What it lets through is kept out of caches unless the handler says otherwise.
 *
 * @example
 * @UseGuards(AuthGuard)
 * @example
 * // everywhere, with @Public() for exceptions, and a login page for browsers
 * { provide: APP_GUARD, useValue: new AuthGuard({ redirectTo: '/login' }) }
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly reflector = new Reflector();
  private readonly logger = new Logger('Session');

  constructor(@Optional() @Inject(AUTH_GUARD_OPTIONS) private readonly options: AuthGuardOptions = {}) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.isPublic(context)) return true;
    const request = sessionOfRequest(this.getRequest(context));
    if (!request) {
      this.logger.error(
        'AuthGuard refused a request because the session middleware did not run for it. Import SessionModule.forRoot() ' +
          "in the root module, and check cookie.path and the application's global prefix.",
      );
      return this.handleUnauthenticated(context);
    }
    await request.load();
    const session = request.session as SessionObject | undefined;
    if (!session || !this.getUser(session)) return this.handleUnauthenticated(context);
    this.keepOutOfCaches(context);
    return true;
  }

  /** Whether the route is open to everybody. */
  protected isPublic(context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()]);
  }

  /** The request that carries the session. Override it for another transport. */
  protected getRequest(context: ExecutionContext): unknown {
    return requestOf(context);
  }

  /** Who is logged in, or undefined. Override it where another key holds the user. */
  protected getUser(session: SessionObject): SessionUser | undefined {
    return userIdOf({ user: session.user }) === undefined ? undefined : session.user;
  }

  /**
   * Answers a request of nobody; one whose session made room for another is told so.
   * @throws `SessionException` (401), or a redirect to the login page
   */
  protected handleUnauthenticated(context: ExecutionContext): never {
    const { redirectTo } = this.options;
    const evicted = sessionOfRequest(this.getRequest(context))?.ending === 'evicted';
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

  /** What only this user may see belongs in no cache, the browser's Back included (ASVS V14.3.2). */
  private keepOutOfCaches(context: ExecutionContext): void {
    const { res } = rawHttp(this.getRequest(context), context);
    if (!res || res.headersSent) return;
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private, no-store');
    varyByCookie(res);
  }
}
