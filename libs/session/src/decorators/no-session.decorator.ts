import { Reflector } from '@nestjs/core';
import { NO_SESSION } from '../http/request/no-session-routes.js';

/**
 * A route that never needs the session: its record is not read, even when the browser sends a cookie. For health
 * checks, assets and the like. `AuthGuard`, `@Session()` and `SessionService` still work there, and read it when used;
 * until then `req.session` throws.
 *
 * @example
 * @NoSession()
 * @Public()
 * @Get('health')
 */
export const NoSession = Reflector.createDecorator<boolean | undefined, boolean>({
  key: NO_SESSION,
  transform: (value) => value ?? true,
});
