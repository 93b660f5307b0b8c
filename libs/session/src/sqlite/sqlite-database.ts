import { DatabaseSync } from 'node:sqlite';
import { SessionStoreError } from '../errors/session-store.error.js';
import { guarded, isBusy } from './sqlite-errors.js';
import { prepareFile } from './sqlite-file.js';

/** Increased with every change of an existing table. Kept in the file's user_version. */
const SCHEMA_VERSION = 1;

/** The size (bytes) to which the -wal file is cut after a long read has made it grow. */
const MAX_WAL_SIZE = 4_194_304;

/** A table of rows that expire: `key`, `expires_at` (milliseconds since the epoch), and a value. */
export interface ExpiringTable {
  /** A checked name: SQL has no parameters for names. */
  readonly name: string;
  /** Name of the value's column, and its declaration in SQL. */
  readonly value: readonly [column: string, declaration: string];
}

/** How to open a file of sessions. */
export interface DatabaseOptions {
  readonly path: string;
  readonly table: ExpiringTable;
  readonly durability: 'process' | 'power';
  /** Milliseconds. */
  readonly busyTimeout: number;
}

/**
 * Opens a file of sessions, and creates what is missing. Several processes may do so at once.
 * @throws `SessionStoreError` if the file is no database, or another one's
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { path, table, durability, busyTimeout } = options;
  prepareFile(path);
  const database = guarded(path, () => new DatabaseSync(path));
  try {
    guarded(path, () => {
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
      untilFree(busyTimeout, () => database.exec('PRAGMA journal_mode = WAL'));
      database.exec(`PRAGMA journal_size_limit = ${MAX_WAL_SIZE}`);
      // In WAL mode, NORMAL survives a crash of the process, because the operating system has the data. FULL also flushes.
      database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`);
      database.exec('BEGIN IMMEDIATE');
      checkSchema(database, path);
      createTable(database, table, path);
      database.exec('COMMIT');
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function checkSchema(database: DatabaseSync, path: string): void {
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version === SCHEMA_VERSION) return;
  if (version !== 0) {
    throw new SessionStoreError(
      `The session file ${path} has version ${String(version)} and this release supports ${SCHEMA_VERSION}: it belongs to a ` +
        'newer release, or to something else. Give sessions a file of their own.',
    );
  }
  if (database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get()) {
    throw new SessionStoreError(
      `The session file ${path} is the database of something else. Give sessions a file of their own.`,
    );
  }
}

function createTable(
  database: DatabaseSync,
  { name, value: [column, declaration] }: ExpiringTable,
  path: string,
): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS "${name}" (
      key TEXT NOT NULL PRIMARY KEY,
      ${column} ${declaration},
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
  `);
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(name);
  if (!columns.some((found) => found['name'] === column)) {
    throw new SessionStoreError(
      `The table ${name} of the session file ${path} holds something else. Give it another name by the option table.`,
    );
  }
  database.exec(`
    CREATE INDEX IF NOT EXISTS "${name}_expires_at" ON "${name}" (expires_at);
    PRAGMA user_version = ${SCHEMA_VERSION};
  `);
}

/** Repeats what SQLite does not wait for: switching to WAL while another process does the same. */
function untilFree(busyTimeout: number, operation: () => void): void {
  const end = Date.now() + busyTimeout;
  for (;;) {
    try {
      return operation();
    } catch (error) {
      if (!isBusy(error) || Date.now() >= end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
