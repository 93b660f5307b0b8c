import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

type Done = (this: { lastID: number; changes: number }, error: Error | null, rows?: unknown) => void;

/** As much of the package sqlite3 as sequelize asks of it, by the SQLite that Node has built in: nothing to compile. */
class Database {
  private readonly database: DatabaseSync;

  constructor(path: string, _mode: number, opened: (error: Error | null) => void) {
    this.database = new DatabaseSync(path);
    setImmediate(opened, null);
  }

  serialize(work: () => void): void {
    work();
  }

  run(sql: string, values: unknown, done?: Done): this {
    return this.ask(sql, values, done, (statement, given) => void statement.run(...given));
  }

  all(sql: string, values: unknown, done?: Done): this {
    return this.ask(sql, values, done, (statement, given) => statement.all(...given));
  }

  close(done?: (error: Error | null) => void): void {
    this.database.close();
    done?.(null);
  }

  private ask(
    sql: string,
    given: unknown,
    done: Done | undefined,
    run: (statement: ReturnType<DatabaseSync['prepare']>, values: SQLInputValue[]) => unknown,
  ): this {
    const callback = typeof given === 'function' ? (given as Done) : done;
    let error: Error | null = null;
    let rows: unknown;
    const outcome = { lastID: 0, changes: 0 };
    try {
      const statement = this.database.prepare(sql);
      const values = typeof given === 'object' && given !== null ? given : [];
      if (Array.isArray(values)) rows = run(statement, values as SQLInputValue[]);
      else rows = statement.all(values as Record<string, SQLInputValue>);
      const [counted] = this.database.prepare('SELECT changes() AS changes, last_insert_rowid() AS id').all();
      Object.assign(outcome, { lastID: Number(counted?.['id']), changes: Number(counted?.['changes']) });
    } catch (caught) {
      error = caught as Error;
    }
    setImmediate(() => callback?.call(outcome, error, rows));
    return this;
  }
}

export const sqlite3ByNode = {
  Database,
  OPEN_READWRITE: 2,
  OPEN_CREATE: 4,
  OPEN_FULLMUTEX: 0x10000,
  verbose: () => sqlite3ByNode,
};
