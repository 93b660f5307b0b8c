import {
  Module,
  type CanActivate,
  type INestApplication,
  type MiddlewareConsumer,
  type NestModule,
  type Provider,
  type Type,
} from '@nestjs/common';
import {
  AuthGuard,
  SessionEvents,
  SessionModule,
  SessionRegistry,
  SessionService,
  type SessionModuleOptions,
  type SessionUser,
} from 'nest-session';
import { HttpClient } from './http-client.js';
import { rememberErrors, startApp, type Platform } from './nest-app.js';
import { recordEvents, type RecordedEvent } from './record-events.js';
import { HandlerRoutes, Handlers, type Work } from './routes/handler.routes.js';
import { LoginRoutes } from './routes/login.routes.js';
import { ValueRoutes } from './routes/value.routes.js';
import { Turnstile } from './turnstile.js';

/** A secret for tests. */
export const SECRET = 'a secret for tests that is long enough';

type Imports = NonNullable<Parameters<typeof Module>[0]['imports']>;

/** What an application has besides the session. The files of `./routes` hold setups that several suites share. */
export interface TestAppSetup {
  /** @default commonRoutes */
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  readonly imports?: Imports;
  /** Imports the session, in place of `SessionModule.forRoot(options)`. */
  readonly session?: (options: SessionModuleOptions) => Imports;
  /** Guards of every route. @default an AuthGuard that redirects to /login */
  readonly guards?: readonly CanActivate[];
  configure?(consumer: MiddlewareConsumer): void;
  /** Runs before the application listens. */
  prepare?(app: INestApplication): void;
}

/** The routes that most suites need: who is logged in, and what a session holds. */
export const commonRoutes: readonly Type[] = [LoginRoutes, ValueRoutes, HandlerRoutes];

export interface TestApp {
  readonly app: INestApplication;
  readonly url: string;
  /** Everything that was emitted. */
  readonly events: RecordedEvent[];
  /** What handlers and interceptors threw. */
  readonly errors: unknown[];
  readonly turnstile: Turnstile;
  readonly sessions: SessionService;
  readonly registry: SessionRegistry;
  client(userAgent?: string): HttpClient;
  /**
   * A browser in which the user is logged in, by LoginRoutes.
   * @param extra more of what the body of `POST /login` may hold
   * @throws if the login is refused
   */
  login(user?: string | SessionUser, extra?: object, userAgent?: string): Promise<HttpClient>;
  /**
   * Runs this in the handler of a request of that browser. Needs HandlerRoutes.
   * @returns what it returns, once the response has come
   * @throws what it throws; an error with the status if the request failed elsewhere
   */
  within<T>(browser: HttpClient, work: Work<T>): Promise<T>;
  /** Ends it. Suites call this after each test, or once for an application that their tests share. */
  close(): Promise<void>;
}

/** Starts the application of the tests on a free port. */
export async function startTestApp(
  platform: Platform,
  options: SessionModuleOptions = {},
  setup: TestAppSetup = {},
): Promise<TestApp> {
  const turnstile = new Turnstile();
  const all = { secret: SECRET, ...options };

  @Module({
    imports: [...(setup.session?.(all) ?? [SessionModule.forRoot(all)]), ...(setup.imports ?? [])],
    controllers: [...(setup.controllers ?? commonRoutes)],
    providers: [{ provide: Turnstile, useValue: turnstile }, Handlers, ...(setup.providers ?? [])],
  })
  class AppModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      setup.configure?.(consumer);
    }
  }

  const errors: unknown[] = [];
  const { app, url } = await startApp(platform, AppModule, (it) => {
    it.useGlobalGuards(...(setup.guards ?? [new AuthGuard({ redirectTo: '/login' })]));
    it.useGlobalInterceptors(rememberErrors(errors));
    setup.prepare?.(it);
  });
  const client = (userAgent?: string) => new HttpClient(url, userAgent);
  return {
    app,
    url,
    events: recordEvents(app.get(SessionEvents)),
    errors,
    turnstile,
    sessions: app.get(SessionService),
    registry: app.get(SessionRegistry),
    client,
    async login(user, extra, userAgent) {
      const browser = client(userAgent);
      const response = await browser.post('/login', {
        ...(typeof user === 'object' ? { user } : { id: user ?? 'u1' }),
        ...extra,
      });
      if (!response.ok) throw new Error(`login answered ${response.status}: ${await response.text()}`);
      return browser;
    },
    within: (browser, work) => app.get(Handlers).within(browser, work),
    close: () => app.close(),
  };
}
