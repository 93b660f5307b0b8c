import { mergeSessions, type ConflictResolver } from '../core/merge.js';
import type { CookieRecord, SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';

/** What a request has made of a session: values, and system fields as functions of what is stored. */
export interface SessionChange {
  /** The values when the request began. */
  readonly base: SessionValues;
  /** The values now. */
  readonly mine: SessionValues;
  /** Undefined leaves the cookie as it is stored. */
  readonly cookie?: CookieRecord | undefined;
  readonly facts?: ((theirs: SessionFacts) => SessionFacts) | undefined;
  /** It is a renewal and nothing else: one that another request has just made will do. */
  readonly renewal?: boolean;
  /** A deadline never goes back: the later of this and what is stored. */
  readonly lastSeenAt: number;
}

/** A record after a change, and the keys that another request changed as well. */
export interface ChangedRecord {
  readonly record: SessionRecord;
  readonly conflicts: readonly string[];
}

/** Applies a change to what is stored. System fields are never taken from a request's copy. */
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
