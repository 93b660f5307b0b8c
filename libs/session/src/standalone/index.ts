export type { Clock } from '../core/clock.js';
export type { SessionUser } from '../core/session-user.js';
export { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
export { SessionGoneError } from '../errors/session-state.errors.js';
export { SessionStoreError } from '../errors/session-store.error.js';
export { SessionTooLargeError } from '../errors/session-too-large.error.js';
export { SessionUsageError } from '../errors/session-usage.error.js';
export { isSessionError, SessionError, type SessionErrorCode } from '../errors/session.error.js';
export type { Duration } from '../options/duration.js';
export type { MemoryRevocationOptions } from '../revocation/memory-revocation-options.js';
export { memoryRevocation, MemoryRevocation } from '../revocation/memory-revocation.js';
export type { SealedCookieAttributes, SealedCookieOptions, Seconds } from '../seals/sealed-options.js';
export type { RaisedBy, RevocationEntry } from '../revocation/revocation-entry.js';
export type { RevocationRaise, RevocationState, SessionRevocation } from '../revocation/session-revocation.js';
export type { SessionStore } from '../stores/session-store.js';
export type { CookieSource, ReadableCookies } from './cookie-source.js';
export type {
  CookieAnswer,
  NodeResponse,
  ResponseWithCookies,
  SetCookieAttributes,
  WritableCookies,
} from './cookie-target.js';
export type { NextResponses } from './proxy-response.js';
export type { AnySession, ReadSession } from './read-session.js';
export { createSealedSessionReader, type SealedSessionReader } from './sealed-session-reader.js';
export type { SealedSessionReaderOptions } from './sealed-reader-options.js';
export { createServerSessionReader, type ServerSessionReader } from './server-session-reader.js';
export type { ServerSessionReaderOptions } from './server-reader-options.js';
export type { ReaderLoginOptions, UserOf, WritableSession } from './writable-session.js';
