import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SessionStoreError } from '../errors/session-store.error.js';

/** Marks a file as ours, in SQLite's application_id: "nsau". */
const APPLICATION_ID = 0x6e736175;
const SCHEMA_VERSION = 1;
/** How long (ms) opening waits for another process. */
const OPEN_TIMEOUT = 1_000;
/** How long (ms) a write, and so this process, waits for a lock. After that it is retried later. */
const WRITE_TIMEOUT = 50;

/**
 * Opens a file of the audit trail, for its owner only, and creates what is missing.
 * @throws `SessionStoreError` if it cannot be opened, is no database, or another one's
 */
export function openAuditFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:') prepareFile(path);
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${OPEN_TIMEOUT}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec('BEGIN IMMEDIATE');
    requireOurs(database, path);
    database.exec(`
      CREATE TABLE IF NOT EXISTS audit (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        event TEXT NOT NULL,
        handle TEXT,
        user_id TEXT,
        actor_id TEXT,
        entry TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS audit_at ON audit (at);
      CREATE INDEX IF NOT EXISTS audit_user ON audit (user_id, at);
      CREATE INDEX IF NOT EXISTS audit_handle ON audit (handle, at);
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      COMMIT;
      PRAGMA busy_timeout = ${WRITE_TIMEOUT};
    `);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof SessionStoreError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SessionStoreError(`The audit file ${path} cannot be opened: ${why}.`, { cause });
  }
}

function requireOurs(database: DatabaseSync, path: string): void {
  const number = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name];
  if (number('application_id') === APPLICATION_ID && number('user_version') === SCHEMA_VERSION) return;
  if (database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get()) {
    throw new SessionStoreError(
      `The audit file ${path} is the database of something else, or of a newer release. Give the trail a file of its own.`,
    );
  }
}

/** Readable by its owner only, because it is personal data. SQLite gives its -wal and -shm files the same permissions. */
function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}
