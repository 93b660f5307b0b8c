export type { CookieRecord, SessionRecord, SessionValues } from '../core/record.js';
export { decodeRecord, encodeRecord } from '../core/record-format.js';
export { SessionStoreError } from '../errors/session-store.error.js';
export type { CookieStore } from '../stores/cookie-store.js';
export {
  isIndexed,
  indexKeyName,
  type AddResult,
  type IndexedMember,
  type IndexedStore,
  type IndexMember,
  type IndexKey,
  type EntryOptions,
  type SessionIndex,
} from '../stores/indexed-store.js';
export type {
  ClosableStore,
  FreshStore,
  OpenableStore,
  PingableStore,
  RecordVersion,
  ReportingStore,
  SaveResult,
  SessionStore,
  StoredSession,
  StoreReport,
} from '../stores/session-store.js';
