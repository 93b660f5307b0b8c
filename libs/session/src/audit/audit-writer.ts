import type { SessionEventName } from '../events/session-events.js';
import type { AuditEntry } from './audit-entry.js';

/** Where the audit trail goes: {@link sqliteAudit}, a log, a queue of yours. */
export interface AuditWriter {
  /**
   * Keeps one entry. Nobody's request waits for it. If it throws or rejects, the entry is offered again, five times
   * altogether, over some seconds.
   */
  write(entry: AuditEntry): Promise<void> | void;
  /** Keeps several at once, all or none, in place of {@link write}. */
  writeMany?(entries: readonly AuditEntry[]): Promise<void> | void;
  /** Finds entries, newest first. */
  query?(query?: AuditQuery): Promise<AuditEntry[]>;
  /** Lets go of what it holds. Called when the application closes, after the last entry. */
  close?(): Promise<void> | void;
}

/** Which entries to find. What is left out restricts nothing. */
export interface AuditQuery {
  readonly userId?: string | number;
  /** Who acted, for himself or upon somebody else's session. */
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
