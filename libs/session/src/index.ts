export type { Clock } from './core/clock.js';
export type { IdpTarget } from './core/idp-keys.js';
export type { AssuranceLevel } from './core/session-facts.js';
export { systemClock } from './core/clock.js';
export type { ConflictResolver } from './core/merge.js';
export { CurrentUser } from './decorators/current-user.decorator.js';
export { NoRenew } from './decorators/no-renew.decorator.js';
export { NoSession } from './decorators/no-session.decorator.js';
export {
  OnSessionEvent,
  type HeardSessionEvent,
  type SessionEventListener,
} from './decorators/on-session-event.decorator.js';
export { Public } from './decorators/public.decorator.js';
export { Roles } from './decorators/roles.decorator.js';
export { Session } from './decorators/session.decorator.js';
export { SessionLock, type SessionLockOptions } from './decorators/session-lock.decorator.js';
export { RequireAal, RequireRecentLogin, type StepUpOptions } from './decorators/step-up.decorators.js';
export type { ImpersonatingActor } from './assurance/impersonation.js';
export type { SessionMethods, SessionObject } from './request/live-session.js';
export type { PendingLogin } from './assurance/pending-login.js';
export type { SessionInfo, SessionRemaining } from './request/request-session.js';
export type { SessionUser } from './core/session-user.js';
export { SessionStepUpError } from './errors/access.errors.js';
export { SessionConfigError, type ConfigProblem } from './errors/session-config.error.js';
export { SessionContextError } from './errors/session-context.error.js';
export { SessionStoreError } from './errors/session-store.error.js';
export { SessionTooLargeError } from './errors/session-too-large.error.js';
export { SessionUsageError } from './errors/session-usage.error.js';
export { isSessionError, SessionError, type SessionErrorCode, type SessionUsageCode } from './errors/session.error.js';
export { SessionException, type SessionErrorBody } from './http/http-errors.js';
export {
  SessionEvents,
  type NamedSessionEvent,
  type SessionActor,
  type SessionEvent,
  type SessionEventMap,
  type SessionEventName,
  type SessionOccurrence,
  type SessionSubject,
} from './events/session-events.js';
export { AuthGuard, type AuthGuardOptions } from './guards/auth.guard.js';
export { safeReturnTo } from './core/safe-return-to.js';
export { RolesGuard } from './guards/roles.guard.js';
export { StepUpGuard, type StepUpGuardOptions, type StepUpNeed } from './guards/step-up.guard.js';
export { SessionMiddleware } from './http/session.middleware.js';
export type { Duration } from './options/duration.js';
export type { AuthVersion, AuthVersionOf, AuthVersionOptions } from './options/auth-version.js';
export type { TimeoutPresetName } from './options/presets.js';
export type { SessionCookieOptions, SessionModuleOptions, TimeoutsOf } from './options/session-options.js';
export { formatPolicy, type SessionPolicy } from './services/session-policy.js';
export { SessionRegistry, type RevokeAllOptions, type UpdatedSession } from './services/session-registry.service.js';
export type { SessionEntry } from './services/session-entry.js';
export type { DeviceClass, IndexValues, SessionLimit, SessionRegistryOptions } from './options/registry-options.js';
export type { FlashMessages } from './services/flash.js';
export type { IdpSessionOptions } from './services/idp-session.js';
export type { ReturnTo } from './services/return-to.js';
export { SessionService } from './services/session.service.js';
export type {
  BeginLoginOptions,
  ElevateOptions,
  ImpersonateOptions,
  LoginOptions,
  OnceOptions,
  ReauthenticateOptions,
  SafeMethodOptions,
} from './services/session-service-options.js';
export type { TakenOnce } from './services/single-use.js';
export { SessionModule } from './session.module.js';
export type { SessionOptionsFactory } from './session.module-definition.js';
export { connectStore, type ConnectStoreOptions, type ConnectStyleStore } from './stores/connect.store.js';
export { memoryStore, type MemoryStoreOptions } from './stores/memory.store.js';
