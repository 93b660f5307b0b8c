import { DatabaseSync } from 'node:sqlite';
import { SessionStoreError } from '../errors/session-store.error.js';
import { guarded, isBusy } from './sqlite-errors.js';
import { prepareFile } from './sqlite-file.js';

/** Raised with every change of the table. Kept in the file's user_version. */
const SCHEMA_VERSION = 1;

/** How to open a file of sessions. */
export interface DatabaseOptions {
  readonly path: string;
  readonly table: string;
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
      // In WAL mode NORMAL survives the process, because the operating system has what was written; FULL also flushes.
      database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`);
      database.exec('BEGIN IMMEDIATE');
      checkSchema(database, path);
      createTable(database, table);
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
      `The session file ${path} has version ${String(version)} and this release knows ${SCHEMA_VERSION}: it belongs to a ` +
        'newer release, or to something else. Give sessions a file of their own.',
    );
  }
  if (database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get()) {
    throw new SessionStoreError(
      `The session file ${path} is the database of something else. Give sessions a file of their own.`,
    );
  }
}

function createTable(database: DatabaseSync, table: string): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS "${table}" (
      key TEXT NOT NULL PRIMARY KEY,
      record TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS "${table}_expires_at" ON "${table}" (expires_at);
    PRAGMA user_version = ${SCHEMA_VERSION};
  `);
}

/** Tries again what SQLite does not wait for by itself: switching to WAL while another process does. */
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
