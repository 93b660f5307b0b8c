import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Every statement that a store runs, parsed once. A record's text is its version: no two writes give the same. */
export interface Statements {
  /** key, now */
  readonly read: StatementSync;
  /** key, record, expires_at, now; replaces only what has expired */
  readonly create: StatementSync;
  /** record, expires_at, key, version, now */
  readonly save: StatementSync;
  /** key */
  readonly delete: StatementSync;
  /** key, record: deletes a record that cannot be decoded, unless it was replaced meanwhile */
  readonly discard: StatementSync;
}

/** @param table a checked name: SQL has no parameters for names */
export const prepareStatements = (database: DatabaseSync, table: string): Statements => ({
  read: database.prepare(`SELECT record FROM "${table}" WHERE key = ? AND expires_at > ?`),
  create: database.prepare(`
    INSERT INTO "${table}" (key, record, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET record = excluded.record, expires_at = excluded.expires_at WHERE expires_at <= ?`),
  save: database.prepare(`
    UPDATE "${table}" SET record = ?, expires_at = ? WHERE key = ? AND record = ? AND expires_at > ?`),
  delete: database.prepare(`DELETE FROM "${table}" WHERE key = ? RETURNING record, expires_at`),
  discard: database.prepare(`DELETE FROM "${table}" WHERE key = ? AND record = ?`),
});
