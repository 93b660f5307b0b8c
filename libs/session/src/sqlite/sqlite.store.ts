import { sharedTurn } from '../core/shared-turn.js';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { SessionRecord, WritableRecord } from '../core/record.js';
import { decodeRecord, encodeRecord } from '../core/record-format.js';
import type {
  ClosableStore,
  OpenableStore,
  PingableStore,
  RecordVersion,
  SaveResult,
  SessionStore,
  StoredRecord,
} from '../stores/session-store.js';
import type { IndexedStore } from '../stores/indexed-store.js';
import { StoreReports, type ReportingStore } from '../stores/store-reports.js';
import { ExpiringFile } from './expiring-file.js';
import { SqliteIndex } from './sqlite-index.js';
import { checkSqliteOptions, type SqliteStoreOptions } from './sqlite-options.js';
import { prepareStatements, type Statements } from './sqlite-statements.js';

/**
 * Sessions in a file, with Node's built-in SQLite: they survive restarts, and the processes of one machine can share them.
 * Every operation is one statement, which is atomic between processes too, and runs on this thread.
 */
export class SqliteSessionStore
  extends ExpiringFile
  implements SessionStore, PingableStore, OpenableStore, ClosableStore, ReportingStore, IndexedStore
{
  /** Finds sessions by their user and by declared values. */
  readonly index: SqliteIndex;
  private readonly reports = new StoreReports();
  private readonly tableName: string;
  private statements!: Statements;

  /**
   * @throws `SessionConfigError` if an option is wrong
   * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
   */
  constructor(options: SqliteStoreOptions) {
    checkSqliteOptions(options);
    const { table = 'sessions' } = options;
    super(options, { name: table, value: ['record', 'TEXT NOT NULL'] });
    this.tableName = table;
    const { clock } = this;
    this.index = new SqliteIndex({ table, clock, guarded: (operation, work) => this.guarded(operation, work) });
    this.openFile();
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    await sharedTurn.take();
    return this.guarded(() => this.find(key), 'read');
  }

  async create(key: string, record: WritableRecord): Promise<RecordVersion | undefined> {
    const text = encodeRecord(record);
    return this.guarded(() => {
      const { changes } = this.statements.create.run(key, text, record.expiresAt, this.clock.now());
      return Number(changes) === 1 ? text : undefined;
    });
  }

  async save(key: string, record: WritableRecord, version: RecordVersion): Promise<SaveResult> {
    const text = encodeRecord(record);
    return this.guarded(() => {
      if (this.replace(key, text, record.expiresAt, version)) return { status: 'saved', version: text };
      const current = this.find(key);
      return current ? { status: 'changed', current } : { status: 'missing' };
    });
  }

  async renew(key: string, record: SessionRecord, version: RecordVersion): Promise<RecordVersion | undefined> {
    const text = encodeRecord(record);
    // No request waits for a renewal.
    return this.guarded(
      () => (this.replace(key, text, record.expiresAt, version) ? text : this.find(key)?.version),
      'background',
    );
  }

  async delete(key: string): Promise<StoredRecord | undefined> {
    return this.guarded(() => {
      // All rows: a statement that is not run to its end does not say whether its write succeeded.
      const [row] = this.statements.delete.all(key);
      if (!row || Number(row['expires_at']) > this.clock.now()) return row && this.decode(row);
      if (this.reportsExpired) this.reportExpired({ key, ...row });
      return undefined;
    });
  }

  onReport(...args: Parameters<ReportingStore['onReport']>): () => void {
    return this.reports.onReport(...args);
  }

  protected override prepare(database: DatabaseSync): void {
    this.statements = prepareStatements(database, this.tableName);
    this.index.prepare(database);
  }

  protected override get reportsExpired(): boolean {
    return this.reports.wanted;
  }

  protected override reportExpired(row: Record<string, SQLOutputValue>): void {
    this.reports.tell({ found: 'expired', key: String(row['key']), record: this.decode(row)?.record });
  }

  override sweep(): number {
    this.index.sweep();
    return super.sweep();
  }

  /** @returns false if the record has another version */
  private replace(key: string, text: string, expiresAt: number, version: RecordVersion): boolean {
    return Number(this.statements.save.run(text, expiresAt, key, version, this.clock.now()).changes) === 1;
  }

  private find(key: string): StoredRecord | undefined {
    const row = this.statements.read.get(key, this.clock.now());
    if (!row) return undefined;
    const found = this.decode(row);
    if (!found) this.discard(key, String(row['record']));
    return found;
  }

  private discard(key: string, record: string): void {
    try {
      // If several processes find it, only the one that deletes it reports it.
      const { changes } = this.guarded(() => this.statements.discard.run(key, record), 'background');
      if (Number(changes) === 1) this.reports.tell({ found: 'corrupt', key });
    } catch {
      // It is no session, even if it cannot be deleted now.
    }
  }

  private decode(row: Record<string, SQLOutputValue>): StoredRecord | undefined {
    const version = String(row['record']);
    const record = decodeRecord(version, this.clock.now());
    return record && { record, version };
  }
}

/**
 * Sessions in a file, for one machine.
 *
 * @example
 * SessionModule.forRoot({ store: sqliteStore({ path: './data/sessions.db' }) })
 */
export const sqliteStore = (options: SqliteStoreOptions): SqliteSessionStore => new SqliteSessionStore(options);
