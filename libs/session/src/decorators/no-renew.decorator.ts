import { UseGuards } from '@nestjs/common';
import { NoRenewGuard } from '../services/no-renew.guard.js';

/**
 * Requests to this route do not count as use of the session: they do not renew it, whatever they read or write, and they do
 * not rotate it. For requests that a page sends by itself, such as polling, so that a session ends even while one of its
 * pages is open. On a handler or a controller.
 *
 * A request that an earlier guard refuses (such as a global one) counts as use. `sessions.current.touch()` and
 * `sessions.extend()` still renew the session.
 *
 * @example
 * @NoRenew()
 * @Get('notifications')
 */
export const NoRenew = (): ClassDecorator & MethodDecorator => UseGuards(NoRenewGuard);
