import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { systemClock, type Clock } from '../core/clock.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { parseDuration, type Duration } from '../options/duration.js';
import type { AuditEntry } from './audit-entry.js';
import { openAuditFile } from './audit-file.js';
import type { AuditQuery, AuditWriter } from './audit-writer.js';

/** Options of {@link sqliteAudit}. */
export interface SqliteAuditOptions {
  /** The file, or `':memory:'`: one of its own. It and its folder are created if they are missing, for their owner only. */
  readonly path: string;
  /**
   * How long entries are kept, or false for ever.
   * @default '90d'
   */
  readonly retention?: Duration | false;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

const SWEEP_INTERVAL = 3_600_000;
/** How many rows one step of a sweep deletes: it takes a few milliseconds. */
const SWEEP_BATCH = 1_000;
const MAX_FOUND = 1_000;

/** The audit trail in a file, with Node's built-in SQLite. Several processes of a machine can share it. */
export class SqliteAudit implements AuditWriter {
  private readonly database: DatabaseSync;
  private readonly clock: Clock;
  private readonly retention: number;
  private readonly insert: StatementSync;
  private readonly expired: StatementSync;
  private readonly sweeper: NodeJS.Timeout;
  private nextBatch: NodeJS.Immediate | undefined;
  private closed = false;

  /**
   * @throws `SessionConfigError` if an option is wrong
   * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
   */
  constructor(options: SqliteAuditOptions) {
    this.retention = checkOptions(options);
    this.clock = options.clock ?? systemClock;
    this.database = openAuditFile(options.path);
    this.insert = this.database.prepare(
      'INSERT INTO audit (at, event, handle, user_id, actor_id, entry) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.expired = this.database.prepare(
      'DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)',
    );
    this.sweeper = setInterval(() => this.sweepInBatches(), SWEEP_INTERVAL).unref();
    this.sweepInBatches();
  }

  write(entry: AuditEntry): void {
    const { at, event, handle = null, userId = null, actorId = null } = entry;
    this.insert.run(at, event, handle, userId, actorId, JSON.stringify(entry));
  }

  writeMany(entries: readonly AuditEntry[]): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      for (const entry of entries) this.write(entry);
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Finds entries, newest first. */
  async query(query: AuditQuery = {}): Promise<AuditEntry[]> {
    const { userId, actorId, handle, events, since, until, limit = 100 } = query;
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    const where = (condition: string, ...given: SQLInputValue[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    if (userId !== undefined) where('user_id = ?', String(userId));
    if (actorId !== undefined)
      where('(actor_id = ? OR (actor_id IS NULL AND user_id = ?))', String(actorId), String(actorId));
    if (handle !== undefined) where('handle = ?', handle);
    if (events) where(`event IN (${events.map(() => '?').join(', ')})`, ...events);
    if (since !== undefined) where('at >= ?', since);
    if (until !== undefined) where('at < ?', until);
    const most = Math.min(Math.max(Math.trunc(limit), 1), MAX_FOUND);
    const rows = this.database
      .prepare(
        `SELECT entry FROM audit ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
         ORDER BY at DESC, id DESC LIMIT ?`,
      )
      .all(...values, most);
    return rows.map((row) => JSON.parse(String(row['entry'])) as AuditEntry);
  }

  /**
   * Deletes at most 1,000 entries that are older than the retention. Runs by itself at start and every hour, repeatedly until
   * none are left.
   * @returns how many it deleted
   */
  sweep(): number {
    if (this.retention === Infinity) return 0;
    return Number(this.expired.run(this.clock.now() - this.retention, SWEEP_BATCH).changes);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.sweeper);
    clearImmediate(this.nextBatch);
    this.database.close();
  }

  /** Lets requests in between two batches. */
  private sweepInBatches(): void {
    clearImmediate(this.nextBatch);
    try {
      if (this.sweep() === SWEEP_BATCH) this.nextBatch = setImmediate(() => this.sweepInBatches()).unref();
    } catch {
      // The next entry reports the error, and the next sweep tries again.
    }
  }
}

/**
 * The audit trail in a file, for one machine.
 *
 * @example
 * SessionAuditModule.forRoot({ writer: sqliteAudit({ path: './data/audit.db', retention: '90d' }) })
 * @throws `SessionConfigError` if an option is wrong
 * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
 */
export const sqliteAudit = (options: SqliteAuditOptions): SqliteAudit => new SqliteAudit(options);

/** Milliseconds of `retention`, once everything is checked. */
function checkOptions({ path, retention = '90d', clock }: SqliteAuditOptions): number {
  const problems: ConfigProblem[] = [];
  if (typeof path !== 'string' || path === '' || path.includes('\0') || path.startsWith('file:'))
    problems.push({
      path: 'sqliteAudit.path',
      problem: "must be the path of a file, such as './data/audit.db', or ':memory:'.",
    });
  const kept = retention === false ? Infinity : parseDuration(retention);
  if (kept === undefined)
    problems.push({ path: 'sqliteAudit.retention', problem: "must be a duration such as '90d', or false for ever." });
  if (clock !== undefined && typeof clock?.now !== 'function')
    problems.push({ path: 'sqliteAudit.clock', problem: 'lacks now(). Leave it out for the clock of the machine.' });
  if (problems.length > 0 || kept === undefined) throw new SessionConfigError(problems, 'sqliteAudit()');
  return kept;
}
