import { expiryOf } from '../core/deadlines.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { SessionEvents } from '../events/session-events.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { EventReporter, subjectOf, type SubjectWithActor } from './event-reporter.js';

/** What all parts of an engine share. */
export class EngineContext {
  readonly reporter: EventReporter;

  constructor(
    readonly options: ResolvedSessionOptions,
    readonly events: SessionEvents,
  ) {
    this.reporter = new EventReporter(events, options);
  }

  now(): number {
    return this.options.clock.now();
  }

  /** The record with the deadline computed from its times. */
  dated(record: SessionRecord): SessionRecord {
    return { ...record, expiresAt: expiryOf(record, this.options) };
  }

  /** The public name and user of a session, and who acts as that user, as events carry them. */
  describe(handle: string, data?: SessionValues, facts?: SessionFacts): SubjectWithActor {
    return { handle, ...subjectOf(data, facts) };
  }

  /** Reports an outage. @returns the error to throw */
  failed(operation: string, error: unknown): SessionStoreError {
    this.events.emit('storeError', { operation, error: error instanceof Error ? error : new Error(String(error)) });
    return SessionStoreError.from(error);
  }

  /** Calls a store, and reports an outage. */
  async ask<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.failed(operation, error);
    }
  }
}
