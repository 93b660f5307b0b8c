import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { systemClock, type Clock } from '../core/clock.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { openDatabase, type ExpiringTable } from './sqlite-database.js';
import { guarded } from './sqlite-errors.js';
import type { SqliteFileOptions } from './sqlite-options.js';

/** Rows that one step of a sweep deletes: a few milliseconds. */
const SWEEP_BATCH = 500;

/** An open file with one table of what expires: it sweeps the table, and can be asked whether it is in order. */
export abstract class ExpiringFile {
  protected readonly database: DatabaseSync;
  protected readonly clock: Clock;
  private readonly path: string;
  private readonly expired: StatementSync;
  private readonly expiredRows: StatementSync;
  private readonly sweeper: NodeJS.Timeout;
  private nextBatch: NodeJS.Immediate | undefined;
  private closed = false;

  /**
   * @param options that were checked
   * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
   */
  constructor(options: SqliteFileOptions, table: ExpiringTable) {
    const { path, durability = 'process', busyTimeout = 1_000, sweepInterval = 60_000, clock = systemClock } = options;
    this.path = path;
    this.clock = clock;
    this.database = openDatabase({ path, table, durability, busyTimeout });
    const sweep = `
      DELETE FROM "${table.name}" WHERE key IN
        (SELECT key FROM "${table.name}" WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`;
    this.expired = this.database.prepare(sweep);
    this.expiredRows = this.database.prepare(`${sweep} RETURNING key, ${table.value[0]}`);
    this.sweeper = setInterval(() => this.sweepInBatches(), sweepInterval).unref();
  }

  /** Resolves if the file can be written; it takes the lock for a moment and changes nothing. */
  async ping(): Promise<void> {
    this.guarded(() => {
      this.database.exec('BEGIN IMMEDIATE');
      this.database.exec('ROLLBACK');
    });
  }

  /** Closes the file. Every later call rejects with `SessionStoreError`. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.sweeper);
    clearImmediate(this.nextBatch);
    guarded(this.path, () => this.database.close());
  }

  /**
   * Deletes at most 500 rows that have expired. Runs by itself every `sweepInterval`, again and again until no more
   * are left.
   * @returns how many it deleted
   */
  sweep(): number {
    const now = this.clock.now();
    const rows = this.guarded(() =>
      this.tellsExpired ? this.expiredRows.all(now, SWEEP_BATCH) : Number(this.expired.run(now, SWEEP_BATCH).changes),
    );
    if (typeof rows === 'number') return rows;
    for (const row of rows) this.tellExpired(row);
    return rows.length;
  }

  /** Whether {@link tellExpired} wants to see what a sweep deletes. */
  protected get tellsExpired(): boolean {
    return false;
  }

  /** Is told of a row that has expired and is deleted. */
  protected tellExpired(_row: Record<string, SQLOutputValue>): void {}

  /** Runs one operation. @throws `SessionStoreError` that says what is wrong with the file */
  protected guarded<T>(operation: () => T): T {
    if (this.closed) throw new SessionStoreError(`The session file ${this.path} is closed.`);
    return guarded(this.path, operation);
  }

  /** Lets requests in between two batches. */
  private sweepInBatches(): void {
    clearImmediate(this.nextBatch);
    try {
      if (this.sweep() === SWEEP_BATCH) this.nextBatch = setImmediate(() => this.sweepInBatches()).unref();
    } catch {
      // Whatever is wrong, the next request says so; the next sweep tries again.
    }
  }
}
