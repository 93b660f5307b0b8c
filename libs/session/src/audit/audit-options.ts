import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { SESSION_EVENT_NAMES, type SessionEventName } from '../events/session-event-map.js';
import { MAX_TIMER } from '../options/duration.js';
import type { AuditQueueOptions } from './audit-queue.js';
import type { AuditWriter } from './audit-writer.js';

/** Options of `SessionAuditModule.forRoot()`. */
export interface SessionAuditOptions {
  /** Where entries go. */
  readonly writer: AuditWriter;
  /**
   * Which events are kept.
   * @default all but `conflict`, which is about data and not about users
   */
  readonly events?: readonly SessionEventName[];
  /**
   * How many entries wait to be written at most. Further ones are dropped, which is logged.
   * @default 10_000
   */
  readonly maxQueue?: number;
  /**
   * How long (ms) an entry waits for others to be written with it.
   * @default 200
   */
  readonly flushInterval?: number;
  /**
   * How long (ms) the application waits for the last entries when it closes.
   * @default 5_000
   */
  readonly closeTimeout?: number;
}

/** {@link SessionAuditOptions} with their defaults. */
export interface ResolvedAuditOptions extends AuditQueueOptions {
  readonly writer: AuditWriter;
  readonly events: ReadonlySet<SessionEventName>;
}

/** @throws `SessionConfigError` with every problem at once */
export function resolveAuditOptions(options: SessionAuditOptions): ResolvedAuditOptions {
  const problems: ConfigProblem[] = [];
  const report = (path: string, problem: string): void => void problems.push({ path, problem });
  const { writer, events, maxQueue = 10_000, flushInterval = 200, closeTimeout = 5_000 } = options;
  if (typeof writer?.write !== 'function') report('writer', 'lacks write(). Give sqliteAudit({ path }) or your own.');
  const unknown = events?.filter((name) => !SESSION_EVENT_NAMES.includes(name)) ?? [];
  if (unknown.length > 0)
    report(
      'events',
      `has ${unknown.map((name) => JSON.stringify(name)).join(', ')}. Known: ${SESSION_EVENT_NAMES.join(', ')}.`,
    );
  positive(report, 'maxQueue', maxQueue);
  positive(report, 'flushInterval', flushInterval);
  positive(report, 'closeTimeout', closeTimeout);
  if (problems.length > 0) throw new SessionConfigError(problems, 'SessionAuditModule');
  const chosen = events ?? SESSION_EVENT_NAMES.filter((name) => name !== 'conflict');
  return { writer, events: new Set(chosen), maxQueue, flushInterval, closeTimeout };
}

function positive(report: (path: string, problem: string) => void, path: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > MAX_TIMER)
    report(path, `must be a whole number from 1 to ${MAX_TIMER}.`);
}
