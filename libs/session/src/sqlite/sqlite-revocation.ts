import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  decodeEntry,
  decodeRevokedBefore,
  encodeEntry,
  encodeRevokedBefore,
  raiseEntry,
  UNREADABLE,
  type RevocationEntry,
} from '../revocation/revocation-entry.js';
import type { RevocationRaise, RevocationState, SessionRevocation } from '../revocation/session-revocation.js';
import { userKey } from '../revocation/user-key.js';
import { ExpiringFile } from './expiring-file.js';
import { checkSqliteRevocationOptions, type SqliteRevocationOptions } from './sqlite-revocation-options.js';
import { inTransaction } from './sqlite-transaction.js';

// Both kinds of rows in one table, so that a request costs one statement.
const nameKey = (name: string): string => `name:${name}`;
const userRow = (user: string): string => `user:${userKey(user)}`;

/**
 * Remembers ended sessions in a file, with Node's built-in SQLite: they stay ended after restarts and in all processes of
 * one machine that share the file. A request costs one statement, on this thread. User ids are hashed.
 */
export class SqliteRevocation extends ExpiringFile implements SessionRevocation {
  /** What {@link SqliteRevocationOptions.staleness} says, in milliseconds. */
  readonly staleness: number;
  private readonly tableName: string;
  private find!: StatementSync;
  private write!: StatementSync;

  /**
   * @throws `SessionConfigError` with every problem of the options at once
   * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
   */
  constructor(options: SqliteRevocationOptions) {
    const staleness = checkSqliteRevocationOptions(options);
    const { table = 'revocations' } = options;
    super(options, { name: table, value: ['entry', 'TEXT'] });
    this.staleness = staleness;
    this.tableName = table;
    this.openFile();
  }

  protected override prepare(database: DatabaseSync): void {
    const table = this.tableName;
    this.find = database.prepare(
      `SELECT key, entry FROM "${table}" WHERE key IN (SELECT value FROM json_each(?)) AND expires_at > ?`,
    );
    this.write = database.prepare(`
      INSERT INTO "${table}" (key, entry, expires_at) VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET entry = excluded.entry, expires_at = max(expires_at, excluded.expires_at)`);
  }

  async read(name: string, users: readonly string[]): Promise<RevocationState> {
    return this.guarded(() => {
      const rows = users.map(userRow);
      const found = this.rows([nameKey(name), ...rows]);
      const entry = found.get(nameKey(name));
      return {
        ...(entry !== undefined && { entry: decodeEntry(entry) }),
        revokedBefore: rows.map((row) => revokedBeforeOf(found.get(row))),
      };
    }, 'read');
  }

  async raise(name: string, { until, ...raise }: RevocationRaise): Promise<RevocationEntry | undefined> {
    let was: RevocationEntry | undefined;
    this.change(nameKey(name), until, (text) => {
      was = text === undefined ? undefined : decodeEntry(text);
      // An entry of a newer release is not changed.
      return text !== undefined && was === UNREADABLE ? text : encodeEntry(raiseEntry(was, raise, this.clock.now()));
    });
    return was;
  }

  async revokeBefore(user: string, time: number, until: number): Promise<void> {
    this.change(userRow(user), until, (text) =>
      text === undefined || time > decodeRevokedBefore(text) ? encodeRevokedBefore(time) : text,
    );
  }

  /** Reads and writes one row in one transaction. */
  private change(key: string, until: number, next: (text: string | undefined) => string): void {
    this.guarded((database) =>
      inTransaction(database, () => {
        const text = this.rows([key]).get(key);
        const value = next(text);
        // A session that has expired needs no entry.
        if (text !== undefined || !(until <= this.clock.now())) this.write.run(key, value, until);
      }),
    );
  }

  private rows(keys: readonly string[]): Map<string, string> {
    const found = this.find.all(JSON.stringify(keys), this.clock.now());
    return new Map(found.map(({ key, entry }) => [String(key), String(entry)]));
  }
}

const revokedBeforeOf = (text: string | undefined): number => (text === undefined ? 0 : decodeRevokedBefore(text));

/**
 * Ended sessions, remembered in a file, for one machine.
 *
 * @example
 * sealedCookie({ password, revocation: sqliteRevocation({ path: './data/sessions.db' }) })
 * @throws `SessionConfigError` with every problem of the options at once
 * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
 */
export const sqliteRevocation = (options: SqliteRevocationOptions): SqliteRevocation => new SqliteRevocation(options);
