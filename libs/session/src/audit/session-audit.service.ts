import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { SessionEvents } from '../events/session-events.js';
import { entryOf, type AuditEntry } from './audit-entry.js';
import type { ResolvedAuditOptions } from './audit-options.js';
import { AuditQueue } from './audit-queue.js';
import type { AuditQuery } from './audit-writer.js';

/** What {@link SessionAudit} injects. @internal */
export const AUDIT_OPTIONS = Symbol('nest-session:audit-options');

/**
 * Keeps the audit trail: what happened to which user's session, when, and who did it. Events do not delay requests, and are
 * written in batches.
 */
@Injectable()
export class SessionAudit implements OnModuleInit, OnApplicationShutdown {
  private readonly queue: AuditQueue;

  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: ResolvedAuditOptions,
    @Inject(SessionEvents) private readonly events: SessionEvents,
  ) {
    this.queue = new AuditQueue(options.writer, options);
  }

  /** Starts to listen. Called by Nest. */
  onModuleInit(): void {
    this.events.onAny((event) => {
      if (this.options.events.has(event.name)) this.queue.add(entryOf(event));
    });
  }

  /**
   * Finds entries, newest first, including those of events that were just emitted.
   * @throws `SessionUsageError` with the code `SESSION_AUDIT_QUERY` if the writer has no `query()`
   */
  async query(query: AuditQuery = {}): Promise<AuditEntry[]> {
    const { writer } = this.options;
    if (!writer.query) throw SessionUsageError.auditWithoutQuery();
    await this.flush();
    return writer.query(query);
  }

  /** Writes the waiting entries. Never rejects: failures are logged. */
  async flush(): Promise<void> {
    this.events.deliver();
    // The current write may have begun before the last entry was added.
    await this.queue.flush();
    await this.queue.flush();
  }

  /** Writes the waiting entries and closes the writer. Called by Nest. */
  async onApplicationShutdown(): Promise<void> {
    this.events.close();
    await this.queue.close();
  }
}
