import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { userIdOf } from '../core/user-id.js';
import { SessionContextError } from '../errors/session-context.error.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { requestOf } from '../http/request/request-of.js';

/**
 * The user who is logged in; undefined in an anonymous session on a `@Public()` route.
 *
 * @example
 * @Get('me')
 * me(@CurrentUser() user: SessionUser) { return { user }; }
 */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(
  async (_data: undefined, context: ExecutionContext): Promise<unknown> => {
    const request = sessionOfRequest(requestOf(context));
    if (!request) throw SessionContextError.outsideRequest('@CurrentUser()');
    if (!request.state.loaded) await request.load();
    request.state.working?.requireOwnUser();
    const session = request.session as { user?: unknown } | undefined;
    return session && userIdOf({ user: session.user }) !== undefined ? session.user : undefined;
  },
);
