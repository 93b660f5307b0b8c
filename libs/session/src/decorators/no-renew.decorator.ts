import { UseGuards } from '@nestjs/common';
import { NoRenewGuard } from '../services/no-renew.guard.js';

/**
 * Requests to this route are no use of the session: they do not push its idle deadline on, whatever they read or write,
 * and they do not renew its id. For what a page asks by itself, such as polling, so that a session ends although a page
 * of it is still open. On a handler or a controller.
 *
 * What a guard before it refuses (a global one, say) counts as use; `sessions.current.touch()` and `sessions.extend()`
 * extend all the same.
 *
 * @example
 * @NoRenew()
 * @Get('notifications')
 */
export const NoRenew = (): ClassDecorator & MethodDecorator => UseGuards(NoRenewGuard);
