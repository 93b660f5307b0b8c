import type { SessionEngine } from '../engine/session-engine.js';
import type { SessionLocks } from '../request/session-locks.js';
import type { NoSessionRoutes } from './request/no-session-routes.js';
import type { SessionTransport } from './transport/session-transport.js';

/**
 * The token of {@link SessionRuntime}. The module exports it for `SessionDevicesModule`, and because Nest makes the
 * middleware and the interceptor of `@SessionLock()` in every module that applies them.
 * @internal
 */
export const SESSION_RUNTIME = Symbol('nest-session:runtime');

/** What the middleware needs. */
export interface MiddlewareRuntime {
  readonly engine: SessionEngine;
  readonly transport: SessionTransport;
  /** Without it, every route has a session. */
  readonly noSession?: NoSessionRoutes;
  /** `req.session` can be saved after its response is closed, as in express-session. @default false */
  readonly outlivesResponse?: boolean;
}

/** The parts of a running module that have no public name. */
export interface SessionRuntime extends MiddlewareRuntime {
  readonly noSession: NoSessionRoutes;
  readonly locks: SessionLocks;
}
