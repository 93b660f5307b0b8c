import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RevocationState, SessionRevocation } from '../revocation/session-revocation.js';
import { userKey } from '../revocation/user-key.js';
import { ExpiringFile } from './expiring-file.js';
import { checkSqliteRevocationOptions, type SqliteRevocationOptions } from './sqlite-revocation-options.js';

// Both kinds of rows in one table, so that a request costs one statement.
const sessionKey = (handle: string): string => `revoked:${handle}`;
const epochKey = (userId: string): string => `epoch:${userKey(userId)}`;

/**
 * Remembers ended sessions in a file, by the SQLite that Node has built in: they stay ended over restarts and in all
 * processes of one machine that share the file. A request costs one statement, on this thread. User ids are hashed.
 */
export class SqliteRevocation extends ExpiringFile implements SessionRevocation {
  /** What {@link SqliteRevocationOptions.staleness} says, in milliseconds. */
  readonly staleness: number;
  private readonly tableName: string;
  private find!: StatementSync;
  private insert!: StatementSync;
  private prolong!: StatementSync;
  private replaceEpoch!: StatementSync;

  /**
   * @throws `SessionConfigError` with every problem of the options at once
   * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
   */
  constructor(options: SqliteRevocationOptions) {
    const staleness = checkSqliteRevocationOptions(options);
    const { table = 'revocations' } = options;
    super(options, { name: table, value: ['epoch', 'TEXT'] });
    this.staleness = staleness;
    this.tableName = table;
    this.openFile();
  }

  protected override prepare(database: DatabaseSync): void {
    const table = this.tableName;
    this.find = database.prepare(`SELECT key, epoch FROM "${table}" WHERE key IN (?, ?) AND expires_at > ?`);
    this.insert = database.prepare(`
      INSERT INTO "${table}" (key, expires_at) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?`);
    this.prolong = database.prepare(`UPDATE "${table}" SET expires_at = max(expires_at, ?) WHERE key = ?`);
    this.replaceEpoch = database.prepare(`
      INSERT INTO "${table}" (key, epoch, expires_at) VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET epoch = excluded.epoch, expires_at = max(expires_at, excluded.expires_at)`);
  }

  async read(handle: string, userId: string | undefined): Promise<RevocationState> {
    return this.guarded(() => {
      const session = sessionKey(handle);
      const user = userId === undefined ? null : epochKey(userId);
      const rows = this.find.all(session, user, this.clock.now());
      const epoch = rows.find(({ key }) => key === user)?.['epoch'];
      return { revoked: rows.some(({ key }) => key === session), epoch: epoch == null ? undefined : String(epoch) };
    }, 'read');
  }

  async revoke(handle: string, until: number): Promise<boolean> {
    return this.guarded(() => {
      const key = sessionKey(handle);
      const now = this.clock.now();
      // What is over by itself needs no row: it was ended already.
      if (until > now && Number(this.insert.run(key, until, now).changes) === 1) return true;
      this.prolong.run(until, key);
      return false;
    });
  }

  async revokeUser(userId: string, epoch: string, until: number): Promise<void> {
    this.guarded(() => this.replaceEpoch.run(epochKey(userId), epoch, until));
  }
}

/**
 * Ended sessions, remembered in a file, for one machine.
 *
 * @example
 * sealedCookie({ password, revocation: sqliteRevocation({ path: './data/sessions.db' }) })
 * @throws `SessionConfigError` with every problem of the options at once
 * @throws `SessionStoreError` if the file cannot be opened, is no database, or belongs to something else
 */
export const sqliteRevocation = (options: SqliteRevocationOptions): SqliteRevocation => new SqliteRevocation(options);
