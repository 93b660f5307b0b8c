export {
  decodeRecord,
  encodeRecord,
  type CookieRecord,
  type SessionRecord,
  type SessionValues,
} from '../core/record.js';
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
