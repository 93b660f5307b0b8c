import { mergeSessions, type ConflictResolver } from '../core/merge.js';
import type { CookieRecord, SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';

/** The changes of a request: values, and system fields as functions of the stored ones. */
export interface SessionChange {
  /** The values when the request began. */
  readonly base: SessionValues;
  /** The values now. */
  readonly mine: SessionValues;
  /** Undefined leaves the cookie as it is stored. */
  readonly cookie?: CookieRecord | undefined;
  readonly facts?: ((theirs: SessionFacts) => SessionFacts) | undefined;
  /** Only a renewal: it is not needed if another request has just renewed the session. */
  readonly renewal?: boolean;
  /** A deadline never goes back: the later of this and the stored time is kept. */
  readonly lastSeenAt: number;
}

/** A record after a change, and the keys that another request has changed too. */
export interface ChangedRecord {
  readonly record: SessionRecord;
  readonly conflicts: readonly string[];
}

/** Applies a change to the stored record. System fields are never taken from a request's copy. */
export function applyChange(theirs: SessionRecord, change: SessionChange, resolve: ConflictResolver): ChangedRecord {
  const { data, conflicts } = mergeSessions(change.base, change.mine, theirs.data, resolve);
  const facts = change.facts ? change.facts(theirs.facts ?? {}) : theirs.facts;
  const record = {
    ...theirs,
    data,
    cookie: change.cookie ?? theirs.cookie,
    ...(facts && { facts }),
    lastSeenAt: Math.max(change.lastSeenAt, theirs.lastSeenAt),
  };
  return { record, conflicts };
}
