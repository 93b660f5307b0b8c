import { Inject, Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { SESSION_RUNTIME, type SessionRuntime } from '../http/session-runtime.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { adminSessionsController } from './admin-sessions.controller.js';
import { resolveDevicesOptions, type SessionDevicesOptions } from './devices-options.js';
import { describeController, describeModels, loadOpenApi } from './open-api.js';
import { ownSessionsController } from './own-sessions.controller.js';

/**
 * Routes for users to see where they are signed in, and to sign out there: `GET /sessions`, `DELETE /sessions/:handle`,
 * `DELETE /sessions` for all others. Needs a store that finds sessions by their user. Documented with OpenAPI where
 * `@nestjs/swagger` is installed.
 *
 * @example
 * imports: [SessionModule.forRoot({ ... }), SessionDevicesModule.forRoot({ admin: { roles: ['admin'] } })]
 */
@Module({})
export class SessionDevicesModule implements OnModuleInit {
  constructor(@Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime) {}

  /** @throws `SessionConfigError` with every problem at once */
  static async forRoot(options: SessionDevicesOptions = {}): Promise<DynamicModule> {
    const resolved = resolveDevicesOptions(options);
    const own = ownSessionsController(resolved);
    const admin = resolved.admin && adminSessionsController(resolved.admin, resolved);
    const api = await loadOpenApi();
    if (api) {
      describeModels(api);
      describeController(api, own, false);
      if (admin) describeController(api, admin, true);
    }
    return { module: SessionDevicesModule, controllers: admin ? [own, admin] : [own] };
  }

  /** @throws `SessionUsageError` with the code `SESSION_NEEDS_INDEX` if the store cannot find sessions by their user */
  onModuleInit(): void {
    if (!this.runtime.engine.directory) throw SessionUsageError.needsIndex('SessionDevicesModule');
  }
}
