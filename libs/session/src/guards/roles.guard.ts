import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RequiredRoles } from '../decorators/roles.decorator.js';
import type { SessionObject } from '../request/live-session.js';
import { userIdOf } from '../core/user-id.js';
import { SessionRoleError, SignInRequiredError } from '../errors/access.errors.js';
import { SessionException } from '../http/http-errors.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';
import { logMissingSession } from './missing-session.js';

/**
 * Lets in users with one of the roles that `@Roles()` names: 403 for others, 401 without a user. It lets in all
 * requests to routes without `@Roles()`; put `AuthGuard` before it.
 *
 * @example
 * @UseGuards(AuthGuard, RolesGuard)
 * @Roles('admin')
 */
@Injectable()
export class RolesGuard implements CanActivate {
  private readonly reflector = new Reflector();

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const required = this.reflector.getAllAndOverride(RequiredRoles, [context.getHandler(), context.getClass()]);
    if (required === undefined) return true;
    const request = sessionOfRequest(requestOf(context));
    if (!request) logMissingSession(RolesGuard.name, context);
    else if (!request.state.loaded) await request.load();
    const session = request?.session as SessionObject | undefined;
    if (!request || !session || userIdOf({ user: session.user }) === undefined) {
      throw new SessionException(new SignInRequiredError());
    }
    request.admitted();
    if (this.getRoles(session).some((role) => required.includes(role))) return true;
    throw new SessionException(new SessionRoleError());
  }

  /** The user's roles. Override it where they are not kept in the session. */
  protected getRoles(session: SessionObject): readonly string[] {
    const roles: unknown = session.user?.roles;
    return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  }
}
