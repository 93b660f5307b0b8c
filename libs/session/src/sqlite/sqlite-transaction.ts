import type { DatabaseSync } from 'node:sqlite';

/** Runs statements in one transaction, which is rolled back on an error. */
export function inTransaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** `DatabaseSync.isTransaction` would say whether there is anything left to roll back, but is not in Node 22.13. */
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back already, as it does when the disk is full.
  }
}
