import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { systemClock, type Clock } from '../core/clock.js';
import { decodeRecord, encodeRecord, type SessionRecord } from '../core/record.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type {
  ClosableStore,
  PingableStore,
  RecordVersion,
  SaveResult,
  SessionStore,
  StoredSession,
} from '../stores/session-store.js';
import { openDatabase } from './sqlite-database.js';
import { guarded } from './sqlite-errors.js';
import { checkSqliteOptions, type SqliteStoreOptions } from './sqlite-options.js';
import { prepareStatements, type Statements } from './sqlite-statements.js';

/** Rows that one step of a sweep deletes: a few milliseconds. */
const SWEEP_BATCH = 500;

/**
 * Sessions in a file, by the SQLite that Node has built in: they survive restarts, and the processes of one machine
 * can share them. Every operation is one statement, which is atomic also between processes, and runs on this thread.
 */
export class SqliteSessionStore implements SessionStore, PingableStore, ClosableStore {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly database: DatabaseSync;
  private readonly statements: Statements;
  private readonly sweeper: NodeJS.Timeout;
  private nextBatch: NodeJS.Immediate | undefined;
  private closed = false;

  /**
   * @throws `SessionConfigError` if an option is wrong
   * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
   */
  constructor(options: SqliteStoreOptions) {
    checkSqliteOptions(options);
    const { path, table = 'sessions', durability = 'process', busyTimeout = 1_000, sweepInterval = 60_000 } = options;
    this.path = path;
    this.clock = options.clock ?? systemClock;
    this.database = openDatabase({ path, table, durability, busyTimeout });
    this.statements = prepareStatements(this.database, table);
    this.sweeper = setInterval(() => this.sweepInBatches(), sweepInterval).unref();
  }

  async read(key: string): Promise<StoredSession | undefined> {
    return this.guarded(() => this.find(key));
  }

  async create(key: string, record: SessionRecord): Promise<RecordVersion | undefined> {
    const text = encodeRecord(record);
    return this.guarded(() => {
      const { changes } = this.statements.create.run(key, text, record.expiresAt, this.clock.now());
      return Number(changes) === 1 ? text : undefined;
    });
  }

  async save(key: string, record: SessionRecord, version: RecordVersion): Promise<SaveResult> {
    const text = encodeRecord(record);
    return this.guarded(() => {
      if (this.replace(key, text, record.expiresAt, version)) return { status: 'saved', version: text };
      const current = this.find(key);
      return current ? { status: 'changed', current } : { status: 'missing' };
    });
  }

  async renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined> {
    const text = encodeRecord(record);
    return this.guarded(() => (this.replace(key, text, record.expiresAt, version) ? text : this.find(key)?.version));
  }

  async delete(key: string): Promise<StoredSession | undefined> {
    return this.guarded(() => {
      // All rows, because a statement that is left half-way says nothing about whether its write succeeded.
      const [row] = this.statements.delete.all(key);
      return row && Number(row['expires_at']) > this.clock.now() ? this.decode(row) : undefined;
    });
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
   * Deletes at most 500 sessions that have expired. Runs by itself every `sweepInterval`, again and again until no
   * more are left.
   * @returns how many it deleted
   */
  sweep(): number {
    return this.guarded(() => Number(this.statements.sweep.run(this.clock.now(), SWEEP_BATCH).changes));
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

  /** @returns false if the record is no longer what `version` names */
  private replace(key: string, text: string, expiresAt: number, version: RecordVersion): boolean {
    return Number(this.statements.save.run(text, expiresAt, key, version, this.clock.now()).changes) === 1;
  }

  private find(key: string): StoredSession | undefined {
    const row = this.statements.read.get(key, this.clock.now());
    if (!row) return undefined;
    const found = this.decode(row);
    if (!found) this.statements.discard.run(key, String(row['record']));
    return found;
  }

  private decode(row: Record<string, SQLOutputValue>): StoredSession | undefined {
    const version = String(row['record']);
    const record = decodeRecord(version, this.clock.now());
    return record && { record, version };
  }

  private guarded<T>(operation: () => T): T {
    if (this.closed) throw new SessionStoreError(`The session file ${this.path} is closed.`);
    return guarded(this.path, operation);
  }
}

/**
 * Sessions in a file, for one machine.
 *
 * @example
 * SessionModule.forRoot({ store: sqliteStore({ path: './data/sessions.db' }) })
 */
export const sqliteStore = (options: SqliteStoreOptions): SqliteSessionStore => new SqliteSessionStore(options);
