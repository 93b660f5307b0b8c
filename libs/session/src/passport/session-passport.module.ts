import type { ServerResponse } from 'node:http';
import { Inject, Module, type DynamicModule, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { sessionOfRequest } from '../http/request/request-context.js';
import type { HttpRequest } from '../http/request/request-facts.js';
import { SESSION_RUNTIME, type SessionRuntime } from '../http/session-runtime.js';
import { SessionMiddleware } from '../http/session.middleware.js';
import { connectPassport } from './connect-passport.js';
import { PassportBridge } from './passport-bridge.js';
import {
  resolvePassportOptions,
  type ResolvedPassportOptions,
  type SessionPassportOptions,
} from './passport-options.js';
import { passportInstance } from './passport-port.js';

const PASSPORT_OPTIONS = Symbol('nest-session:passport-options');

/**
 * What Passport signs in is a login, and what it signs out a logout: `super.logIn()` of a guard of `@nestjs/passport`,
 * `req.login()`, `req.logout()`. `AuthGuard`, `@CurrentUser()`, devices, limits, events and `authVersion` go by it, and
 * `req.user` is the user of the session. It runs `passport.initialize()` and `passport.session()` itself.
 *
 * @example
 * imports: [SessionModule.forRoot({ ... }), SessionPassportModule.forRoot()]
 */
@Module({})
export class SessionPassportModule implements NestModule {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(SessionMiddleware) private readonly sessions: SessionMiddleware,
    @Inject(SESSION_RUNTIME) { engine }: SessionRuntime,
    @Inject(PASSPORT_OPTIONS) options: ResolvedPassportOptions,
  ) {
    connectPassport(passportInstance, engine, new PassportBridge(passportInstance, options));
  }

  /** @throws `SessionConfigError` with every problem at once */
  static forRoot<PassportUser extends object = object>(
    options: SessionPassportOptions<PassportUser> = {},
  ): DynamicModule {
    const resolved = resolvePassportOptions(options);
    return { module: SessionPassportModule, providers: [{ provide: PASSPORT_OPTIONS, useValue: resolved }] };
  }

  configure(): void {
    const initialize = passportInstance.initialize();
    const restore = passportInstance.session();
    type Next = (error?: unknown) => void;
    this.adapterHost.httpAdapter.use((req: HttpRequest, res: ServerResponse, next: Next) => {
      // Once more, which is harmless: the modules of an application are configured in any order.
      this.sessions.use(req, res, (error) => {
        if (error) return next(error);
        initialize(req, res, () => (sessionOfRequest(req) ? restore(req, res, next) : next()));
      });
    });
  }
}
