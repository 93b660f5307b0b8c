import type { Provider } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { SessionEngine } from './engine/session-engine.js';
import { SessionLocks } from './request/session-locks.js';
import { SessionEvents } from './events/session-events.js';
import { NoSessionRoutes } from './http/request/no-session-routes.js';
import { createTransport, createEngine } from './http/session-backend.js';
import { SessionTransport } from './http/transport/session-transport.js';
import { SESSION_RUNTIME, type SessionRuntime } from './http/session-runtime.js';
import { SessionMiddleware } from './http/session.middleware.js';
import { SessionConfigError } from './errors/session-config.error.js';
import { resolveOptions } from './options/resolve-options.js';
import type { ResolvedSessionOptions, SessionModuleOptions } from './options/session-options.js';
import { SessionRegistry } from './services/session-registry.service.js';
import { SessionService } from './services/session.service.js';
import { NewDeviceWatch } from './services/new-device-watch.js';
import { SessionListeners } from './services/session-listeners.js';
import { SessionLockInterceptor } from './services/session-lock.interceptor.js';
import { StoreLifecycle } from './services/store-lifecycle.js';
import { MODULE_OPTIONS_TOKEN } from './session.module-definition.js';

/** The options with defaults, checked: what everything but the module itself injects. */
export const RESOLVED_OPTIONS = Symbol('nest-session:options');

export const sessionProviders: Provider[] = [
  {
    provide: RESOLVED_OPTIONS,
    inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
    useFactory: (options: SessionModuleOptions | undefined) => {
      if (options === undefined) throw SessionConfigError.withoutOptions();
      return resolveOptions(options);
    },
  },
  {
    provide: SessionEvents,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ clock }: ResolvedSessionOptions) => new SessionEvents(clock),
  },
  {
    provide: SessionEngine,
    inject: [RESOLVED_OPTIONS, SessionEvents],
    useFactory: createEngine,
  },
  { provide: SessionTransport, inject: [RESOLVED_OPTIONS], useFactory: createTransport },
  {
    provide: StoreLifecycle,
    inject: [RESOLVED_OPTIONS, SessionEvents],
    useFactory: (options: ResolvedSessionOptions, events: SessionEvents) => new StoreLifecycle(options, events),
  },
  {
    provide: NoSessionRoutes,
    inject: [DiscoveryService, MetadataScanner, Reflector, ApplicationConfig, ModulesContainer, HttpAdapterHost],
    useFactory: (...found: ConstructorParameters<typeof NoSessionRoutes>) => new NoSessionRoutes(...found),
  },
  { provide: SessionLocks, inject: [SessionEngine], useFactory: (engine: SessionEngine) => new SessionLocks(engine) },
  {
    provide: SESSION_RUNTIME,
    inject: [SessionEngine, SessionTransport, NoSessionRoutes, SessionLocks],
    useFactory: (
      engine: SessionEngine,
      transport: SessionTransport,
      noSession: NoSessionRoutes,
      locks: SessionLocks,
    ): SessionRuntime => ({ engine, transport, noSession, locks }),
  },
  {
    provide: SessionListeners,
    inject: [DiscoveryService, MetadataScanner, SessionEvents],
    useFactory: (...found: ConstructorParameters<typeof SessionListeners>) => new SessionListeners(...found),
  },
  {
    provide: NewDeviceWatch,
    inject: [SessionEvents, SessionEngine],
    useFactory: (events: SessionEvents, { directory }: SessionEngine) => new NewDeviceWatch(events, directory),
  },
  SessionLockInterceptor,
  SessionMiddleware,
  SessionRegistry,
  SessionService,
];
