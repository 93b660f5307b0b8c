import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Every statement of an index, parsed once. The columns `place` (an index key) and `leaving` (evicting) keep the names
 * that existing files have. Times in milliseconds since the epoch.
 */
export interface IndexStatements {
  /** place, now */
  readonly revokedBefore: StatementSync;
  /** place, time, until */
  readonly revokeBefore: StatementSync;
  /** place, now: the oldest first */
  readonly members: StatementSync;
  /** place, key, created_at, until */
  readonly add: StatementSync;
  /** until, place, key, now */
  readonly extend: StatementSync;
  /** place, key */
  readonly mark: StatementSync;
  /** place, key */
  readonly remove: StatementSync;
  /** place, now: deletes expired entries of one place */
  readonly tidy: StatementSync;
  /** now, limit */
  readonly sweep: StatementSync;
  /** now */
  readonly sweepRevocations: StatementSync;
}

/**
 * Creates the tables of an index beside those of sessions, also in a file of an older release, which can still read it.
 * @param table a checked name: SQL has no parameters for names
 */
export function createIndexTables(database: DatabaseSync, table: string): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS "${table}_index" (
      place TEXT NOT NULL,
      key TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      until REAL NOT NULL,
      leaving INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (place, key)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS "${table}_index_until" ON "${table}_index" (until);
    CREATE TABLE IF NOT EXISTS "${table}_revocations" (
      place TEXT NOT NULL PRIMARY KEY,
      time INTEGER NOT NULL,
      until REAL NOT NULL
    ) WITHOUT ROWID;
  `);
}

/** @param table a checked name */
export const prepareIndexStatements = (database: DatabaseSync, table: string): IndexStatements => ({
  revokedBefore: database.prepare(`SELECT time FROM "${table}_revocations" WHERE place = ? AND until > ?`),
  revokeBefore: database.prepare(`
    INSERT INTO "${table}_revocations" (place, time, until) VALUES (?, ?, ?)
    ON CONFLICT (place) DO UPDATE SET time = max(time, excluded.time), until = max(until, excluded.until)`),
  members: database.prepare(`
    SELECT key, created_at, leaving FROM "${table}_index" WHERE place = ? AND until > ? ORDER BY created_at, key`),
  add: database.prepare(`
    INSERT INTO "${table}_index" (place, key, created_at, until) VALUES (?, ?, ?, ?)
    ON CONFLICT (place, key) DO UPDATE SET until = max(until, excluded.until)`),
  extend: database.prepare(`
    UPDATE "${table}_index" SET until = max(until, ?) WHERE place = ? AND key = ? AND until > ? AND leaving = 0`),
  mark: database.prepare(`UPDATE "${table}_index" SET leaving = 1 WHERE place = ? AND key = ?`),
  remove: database.prepare(`DELETE FROM "${table}_index" WHERE place = ? AND key = ?`),
  tidy: database.prepare(`DELETE FROM "${table}_index" WHERE place = ? AND until <= ?`),
  sweep: database.prepare(`
    DELETE FROM "${table}_index" WHERE (place, key) IN
      (SELECT place, key FROM "${table}_index" WHERE until <= ? ORDER BY until LIMIT ?)`),
  sweepRevocations: database.prepare(`DELETE FROM "${table}_revocations" WHERE until <= ?`),
});
