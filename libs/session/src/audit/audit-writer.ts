import type { SessionEventName } from '../events/session-events.js';
import type { AuditEntry } from './audit-entry.js';

/** Where the audit trail goes: {@link sqliteAudit}, a log, your own queue. */
export interface AuditWriter {
  /**
   * Keeps one entry. No request waits for it. If it throws or rejects, the entry is passed again, up to five times within
   * some seconds.
   */
  write(entry: AuditEntry): Promise<void> | void;
  /** Keeps several at once, all or none, instead of {@link write}. */
  writeMany?(entries: readonly AuditEntry[]): Promise<void> | void;
  /** Finds entries, newest first. */
  query?(query?: AuditQuery): Promise<AuditEntry[]>;
  /** Releases its resources. Called when the application closes, after the last entry. */
  close?(): Promise<void> | void;
}

/** Which entries to find. Fields that are left out restrict nothing. */
export interface AuditQuery {
  readonly userId?: string | number;
  /** The user who acted, on an own or on another user's session. */
  readonly actorId?: string | number;
  readonly handle?: string;
  readonly events?: readonly SessionEventName[];
  /** Milliseconds since the epoch: not before this. */
  readonly since?: number;
  /** Milliseconds since the epoch: before this, and not at it. */
  readonly until?: number;
  /**
   * How many at most: 1 to 1,000.
   * @default 100
   */
  readonly limit?: number;
}
