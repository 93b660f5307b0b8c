import { Inject, Module, type DynamicModule, type INestApplicationContext, type NestModule } from '@nestjs/common';
import { DiscoveryModule, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { mountOnExpress } from './http/request/express-mount.js';
import { bridgeFastify } from './http/request/fastify-bridge.js';
import { SESSION_RUNTIME } from './http/session-runtime.js';
import { SessionMiddleware } from './http/session.middleware.js';
import { SessionConfigError } from './errors/session-config.error.js';
import { SessionEvents } from './events/session-events.js';
import type { ResolvedSessionOptions, SessionModuleOptions } from './options/session-options.js';
import { policyOf, type SessionPolicy } from './services/session-policy.js';
import { SessionRegistry } from './services/session-registry.service.js';
import { SessionService } from './services/session.service.js';
import { ASYNC_OPTIONS_TYPE, ConfigurableModuleClass } from './session.module-definition.js';
import { RESOLVED_OPTIONS, sessionProviders } from './session.providers.js';

/**
 * Sessions for the whole application: import it once, in the root module. It mounts its middleware for every route.
 *
 * @example
 * SessionModule.forRoot({ secret: process.env.SESSION_SECRET, store: redisStore({ url: process.env.REDIS_URL }) })
 */
@Module({
  imports: [DiscoveryModule],
  providers: sessionProviders,
  // The last one has no public name: Nest injects it where another module applies the middleware or @SessionLock().
  exports: [SessionService, SessionRegistry, SessionEvents, SessionMiddleware, SESSION_RUNTIME],
})
export class SessionModule extends ConfigurableModuleClass implements NestModule {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(SessionMiddleware) private readonly middleware: SessionMiddleware,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {
    super();
  }

  /**
   * @param options checked when the application starts. Without any, development works with a random secret and the
   * memory store, and production is refused.
   * @throws `SessionConfigError` when the application starts, with every problem at once
   */
  static override forRoot(options: SessionModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options from other providers.
   * @example
   * SessionModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ secret: config.getOrThrow('SESSION_SECRET') }),
   * })
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /**
   * The policy that is in effect in a running application, for the documentation that ASVS V7.1.1 asks for, a check in
   * a test, or a health page: deadlines, renewal of ids, cookie, store, how soon a revocation is seen. Frozen, JSON, and
   * without any secret. The log says it once at start, at level debug.
   * @param app the application, or any module reference of it
   * @example
   * expect(SessionModule.describe(app).deadlines.idleTimeout).toBe(15 * 60_000);
   * console.log(formatPolicy(SessionModule.describe(app)));
   */
  static describe(app: Pick<INestApplicationContext, 'get'>): SessionPolicy {
    return policyOf(app.get<ResolvedSessionOptions>(RESOLVED_OPTIONS, { strict: false }));
  }

  /** @throws `SessionConfigError` if there are two of it in the application */
  private requireOne(): void {
    const all = [...this.modules.values()];
    if (all.filter(({ metatype }) => metatype === SessionModule).length < 2) return;
    // By what is written there: being global, both are bound to every module.
    const places = all.filter(({ metatype }) => {
      const imports: unknown = Reflect.getMetadata('imports', metatype);
      return Array.isArray(imports) && imports.some(isSessionModule);
    });
    throw SessionConfigError.twice(places.map(({ name }) => name));
  }

  configure(): void {
    this.requireOne();
    const { httpAdapter } = this.adapterHost;
    // Straight to the platform: what Nest puts around the middleware of a module costs a request as much as the session
    // itself. At this moment it comes after app.use(), and before the middleware of every module.
    const mount = (): void => void httpAdapter.use(this.middleware.use);
    if (httpAdapter.getType() === 'express') return mountOnExpress(httpAdapter.getInstance(), mount);
    if (httpAdapter.getType() === 'fastify') bridgeFastify(httpAdapter.getInstance());
    mount();
  }
}

const isSessionModule = (entry: unknown): boolean =>
  entry === SessionModule ||
  (typeof entry === 'object' && entry !== null && 'module' in entry && entry.module === SessionModule);
