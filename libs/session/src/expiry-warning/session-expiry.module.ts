import { Module, type DynamicModule } from '@nestjs/common';
import { expiryController } from './expiry.controller.js';
import type { SessionExpiryOptions } from './expiry-options.js';

/**
 * Lets a page know when its session ends, and warn before. Three routes, on Express and Fastify:
 *
 * - `GET /session/expiry` answers `{ expiresAt, idleExpiresAt, absoluteExpiresAt, now }` and extends nothing; 401
 *   without a session.
 * - `POST /session/expiry` extends the session and answers the same; 403 from another site's page.
 * - `GET /session/expiry/script.js` is a script that warns, offers to stay, and leaves for the login page at the end.
 *
 * @example
 * imports: [SessionModule.forRoot({ ... }), SessionExpiryModule.forRoot()]
 * @example
 * <script src="/session/expiry/script.js" data-login="/login" defer></script>
 */
@Module({})
export class SessionExpiryModule {
  static forRoot({ path = 'session/expiry' }: SessionExpiryOptions = {}): DynamicModule {
    return { module: SessionExpiryModule, controllers: [expiryController(path)] };
  }
}
