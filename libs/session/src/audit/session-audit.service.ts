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
 * Keeps the audit trail: what happened to sessions, when, to whom and by whom. Events come in without delaying a
 * request, and are written in batches.
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

  /** Begins to listen. Nest calls it. */
  onModuleInit(): void {
    this.events.onAny((event) => {
      if (this.options.events.has(event.name)) this.queue.add(entryOf(event));
    });
  }

  /**
   * Finds entries, newest first. What has just happened is among them.
   * @throws `SessionUsageError` with the code `SESSION_AUDIT_QUERY` if the writer cannot find anything
   */
  async query(query: AuditQuery = {}): Promise<AuditEntry[]> {
    const { writer } = this.options;
    if (!writer.query) throw SessionUsageError.auditWithoutQuery();
    await this.flush();
    return writer.query(query);
  }

  /** Writes what is waiting. Never rejects: what cannot be written is logged. */
  async flush(): Promise<void> {
    this.events.deliver();
    // What is being written may have begun before the last entry came in.
    await this.queue.flush();
    await this.queue.flush();
  }

  /** Writes what is waiting, and closes the writer. Nest calls it. */
  async onApplicationShutdown(): Promise<void> {
    this.events.close();
    await this.queue.close();
  }
}
