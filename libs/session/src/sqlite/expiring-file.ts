import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { systemClock, type Clock } from '../core/clock.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { openDatabase, type ExpiringTable } from './sqlite-database.js';
import { isSameFile, identityOf, type FileIdentity } from './sqlite-file.js';
import { toStoreError } from './sqlite-errors.js';
import { SqliteGuard, type Work } from './sqlite-guard.js';
import type { SqliteFileOptions } from './sqlite-options.js';

/** How many rows one step of a sweep deletes: it takes a few milliseconds. */
const SWEEP_BATCH = 500;
/** How often (ms) to check that the path still leads to the open file. */
const LOOK_EVERY = 1_000;

/** The state of an open file. */
interface Opened {
  readonly database: DatabaseSync;
  readonly identity: FileIdentity | undefined;
  readonly expired: StatementSync;
  readonly expiredRows: StatementSync;
  readonly sweeper: NodeJS.Timeout;
}

/**
 * A file with one table of rows that expire. It sweeps the table and can be checked. Subclasses open it at the end of their
 * constructors.
 */
export abstract class ExpiringFile {
  protected readonly clock: Clock;
  private readonly path: string;
  private readonly guard: SqliteGuard;
  private opened: Opened | undefined;
  private closed = false;
  private looked = 0;
  private nextBatch: NodeJS.Immediate | undefined;

  /** @param options checked options */
  constructor(
    private readonly options: SqliteFileOptions,
    private readonly table: ExpiringTable,
  ) {
    const { path, busyTimeout = 1_000, clock = systemClock } = options;
    this.path = path;
    this.clock = clock;
    this.guard = new SqliteGuard(path, busyTimeout, () => this.opened?.database);
  }

  /** Allows operations again after {@link close}. The next one opens the file. */
  async open(): Promise<void> {
    this.closed = false;
  }

  /** Resolves if the file can be written; it takes the lock for a moment and changes nothing. */
  async ping(): Promise<void> {
    this.guarded((database) => {
      database.exec('BEGIN IMMEDIATE');
      database.exec('ROLLBACK');
    });
  }

  /** Closes the file. Every later call rejects with `SessionStoreError`, until {@link open}. */
  async close(): Promise<void> {
    this.closed = true;
    this.guard.reset();
    this.shut();
  }

  /**
   * Deletes at most 500 expired rows. Runs by itself every `sweepInterval`, repeatedly until none are left.
   * @returns how many it deleted
   */
  sweep(): number {
    const now = this.clock.now();
    const rows = this.guarded((_database, { expired, expiredRows }) => {
      if (this.reportsExpired) return expiredRows.all(now, SWEEP_BATCH);
      return Number(expired.run(now, SWEEP_BATCH).changes);
    }, 'background');
    if (typeof rows === 'number') return rows;
    for (const row of rows) this.reportExpired(row);
    return rows.length;
  }

  /** Prepares the statements of the subclass, whenever the file is opened. */
  protected abstract prepare(database: DatabaseSync): void;

  /** Whether to call {@link reportExpired}. */
  protected get reportsExpired(): boolean {
    return false;
  }

  /** Called for each expired row that is deleted. */
  protected reportExpired(_row: Record<string, SQLOutputValue>): void {}

  /** @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else */
  protected openFile(): Opened {
    const { path, durability = 'process', busyTimeout = 1_000, sweepInterval = 60_000 } = this.options;
    const database = openDatabase({ path, table: this.table, durability, busyTimeout });
    try {
      const { name, value } = this.table;
      const sweep = `
        DELETE FROM "${name}" WHERE key IN
          (SELECT key FROM "${name}" WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`;
      this.opened = {
        database,
        identity: identityOf(path),
        expired: database.prepare(sweep),
        expiredRows: database.prepare(`${sweep} RETURNING key, ${value[0]}`),
        sweeper: setInterval(() => this.sweepInBatches(), sweepInterval).unref(),
      };
      this.looked = performance.now();
      this.prepare(database);
    } catch (error) {
      this.shut();
      throw toStoreError(path, error);
    }
    return this.opened;
  }

  /**
   * Runs one operation.
   * @throws `SessionStoreError` that says what is wrong with the file
   */
  protected guarded<T>(operation: (database: DatabaseSync, opened: Opened) => T, work: Work = 'write'): T {
    if (this.closed) throw new SessionStoreError(`The session file ${this.path} is closed.`);
    return this.guard.run(work, () => {
      const opened = this.opened ?? this.openFile();
      if (performance.now() - this.looked >= LOOK_EVERY) this.requireSameFile(opened);
      return operation(opened.database, opened);
    });
  }

  /** Writes to a file that was deleted or replaced are lost, so the next operation opens the file that is at the path now. */
  private requireSameFile({ identity }: Opened): void {
    this.looked = performance.now();
    if (!identity || isSameFile(identity, identityOf(this.path))) return;
    this.shut();
    throw new SessionStoreError(
      `The session file ${this.path} was deleted or replaced while it was open. The file that is there now is used ` +
        'from now on, or a new one; what was in the old one is lost. Stop the application before you move its session ' +
        'file.',
    );
  }

  private shut(): void {
    const { opened } = this;
    this.opened = undefined;
    clearImmediate(this.nextBatch);
    clearInterval(opened?.sweeper);
    opened?.database.close();
  }

  /** Lets requests in between two batches. */
  private sweepInBatches(): void {
    clearImmediate(this.nextBatch);
    try {
      if (this.sweep() === SWEEP_BATCH) this.nextBatch = setImmediate(() => this.sweepInBatches()).unref();
    } catch {
      // The next request reports the error, and the next sweep tries again.
    }
  }
}
