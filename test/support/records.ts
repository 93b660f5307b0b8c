import type { SessionRecord } from 'nest-session/store';
import { isStoredSession, type StoredRecord } from '../../libs/session/src/stores/session-store.js';

/** Milliseconds that {@link aRecord} lives. */
export const RECORD_LIFETIME = 30 * 60_000;

/** A valid record of an anonymous visitor, created and seen `now`; say what shall be different. */
export const aRecord = (now: number, different: Partial<SessionRecord> = {}): SessionRecord => ({
  data: {},
  cookie: { originalMaxAge: null, expires: null, path: '/', httpOnly: true, secure: true, sameSite: 'lax' },
  createdAt: now,
  lastSeenAt: now,
  expiresAt: now + RECORD_LIFETIME,
  ...different,
});

/** What a store has given as a session; fails if it is none. */
export function sessionIn(found: StoredRecord | undefined): SessionRecord {
  if (!isStoredSession(found)) throw new Error(`the store gave ${found?.record.kind ?? 'nothing'} for a session`);
  return found.record;
}
