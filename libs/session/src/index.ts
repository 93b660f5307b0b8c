export type { Clock } from './core/clock.js';
export { systemClock } from './core/clock.js';
export type { ConflictResolver } from './core/merge.js';
export {
  decodeRecord,
  encodeRecord,
  type CookieRecord,
  type SessionRecord,
  type SessionValues,
} from './core/record.js';
export { CurrentUser } from './decorators/current-user.decorator.js';
export { NoSession } from './decorators/no-session.decorator.js';
export { Public } from './decorators/public.decorator.js';
export { Roles } from './decorators/roles.decorator.js';
export { Session } from './decorators/session.decorator.js';
export { SessionLock, type SessionLockOptions } from './decorators/session-lock.decorator.js';
export type { SessionMethods, SessionObject } from './engine/live-session.js';
export type { SessionInfo } from './engine/request-session.js';
export type { SessionUser } from './engine/session-user.js';
export { SessionConfigError, type ConfigProblem } from './errors/session-config.error.js';
export { SessionContextError } from './errors/session-context.error.js';
export { SessionGoneException } from './errors/session-gone.exception.js';
export { SessionLockException } from './errors/session-lock.exception.js';
export { SessionStoreError } from './errors/session-store.error.js';
export { SessionTooLargeError } from './errors/session-too-large.error.js';
export { SessionTooLargeException } from './errors/session-too-large.exception.js';
export { SessionUnavailableException } from './errors/session-unavailable.exception.js';
export { SessionUsageError } from './errors/session-usage.error.js';
export { SessionError } from './errors/session.error.js';
export { SessionEvents, type SessionEvent, type SessionEventMap } from './events/session-events.js';
export { AuthGuard, type AuthGuardOptions } from './guards/auth.guard.js';
export { safeReturnTo } from './guards/return-to.js';
export { RolesGuard } from './guards/roles.guard.js';
export { SessionMiddleware } from './http/session.middleware.js';
export type { Duration } from './options/duration.js';
export type { SessionCookieOptions, SessionModuleOptions } from './options/session-options.js';
export { SessionRegistry } from './services/session-registry.service.js';
export { SessionService, type LoginOptions } from './services/session.service.js';
export { SessionModule } from './session.module.js';
export type { SessionOptionsFactory } from './session.module-definition.js';
export { connectStore, type ConnectStoreOptions, type ConnectStyleStore } from './stores/connect.store.js';
export type { CookieStore } from './stores/cookie-store.js';
export { memoryStore, type MemoryStoreOptions } from './stores/memory.store.js';
export type {
  ClosableStore,
  PingableStore,
  RecordVersion,
  SaveResult,
  SessionStore,
  StoredSession,
} from './stores/session-store.js';
