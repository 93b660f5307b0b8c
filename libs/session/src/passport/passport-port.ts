import type { IncomingHttpHeaders } from 'node:http';
import passport from 'passport';

/** What Passport calls when it is done. */
export type Done<Value = void> = (error?: unknown, value?: Value) => void;

/** A request as the platform has it: Node's own one with what Express adds, or Fastify's. */
export interface PassportRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body?: unknown;
  readonly query?: unknown;
}

/** What Passport's `logIn()` and `logOut()` are told, of what matters here. */
export interface ManagerOptions {
  /** Values of the session go along. */
  readonly keepSessionInfo?: boolean;
}

/** Carries out `req.logIn()` and `req.logOut()`. */
export interface SessionManager {
  logIn(req: PassportRequest, user: object, options: ManagerOptions, done: Done): void;
  logOut(req: PassportRequest, options: ManagerOptions, done: Done): void;
}

/** The strategy behind `passport.session()`. */
export interface SessionStrategy {
  authenticate(req: PassportRequest, options?: object): void;
  /** Goes on with the request. Passport gives it to the strategy of each request. */
  pass(): void;
  error(error: unknown): void;
}

type Handler = (req: object, res: object, next: (error?: unknown) => void) => void;

/** No public name of Passport 0.7, but the one place through which every login and logout goes. */
export const SESSION_MANAGER = '_sm';

/** As much of Passport as is needed, so that its types need not be installed. */
export interface Passport {
  [SESSION_MANAGER]?: SessionManager;
  readonly strategies: {
    readonly SessionStrategy: new (options: object, deserialize: Passport['deserializeUser']) => SessionStrategy;
  };
  use(strategy: SessionStrategy): unknown;
  initialize(): Handler;
  session(): Handler;
  serializeUser(user: object, req: PassportRequest, done: Done<unknown>): void;
  deserializeUser(payload: unknown, req: PassportRequest, done: Done<object | false | null>): void;
}

/** The instance that `@nestjs/passport` uses. */
export const passportInstance: Passport = passport as unknown as Passport;
