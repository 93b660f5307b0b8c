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
import { guardedSession, keepOutOfCaches } from './guarded-session.js';
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
  constructor(@Optional() @Inject(AUTH_GUARD_OPTIONS) private readonly options: AuthGuardOptions = {}) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.isPublic(context)) return true;
    const carrier = this.getRequest(context);
    const request = guardedSession(AuthGuard.name, carrier, context);
    if (!request) return this.handleUnauthenticated(context);
    await request.load();
    const session = request.session as SessionObject | undefined;
    if (!session || !this.getUser(session)) return this.handleUnauthenticated(context);
    keepOutOfCaches(carrier, context);
    return true;
  }

  /** Whether the route is open to everybody: by its handler, or by its very controller and not by what that extends. */
  protected isPublic(context: ExecutionContext): boolean {
    return ownMark(context.getHandler()) ?? ownMark(context.getClass()) ?? false;
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
}

/** Metadata is inherited by classes, and a door that a base class opens must not stand open in all that extend it. */
function ownMark(target: object): boolean | undefined {
  const mark: unknown = Reflect.getOwnMetadata(Public.KEY, target);
  return typeof mark === 'boolean' ? mark : undefined;
}
