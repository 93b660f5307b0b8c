import type { Clock } from '../core/clock.js';
import { MAX_TIMER } from '../options/duration.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';

/** Options of everything that has a table in a file. */
export interface SqliteFileOptions {
  /**
   * The file, or `':memory:'`. It and its folder are created if they are missing, for their owner only. Sessions need
   * a file of their own on a local disk: WAL does not work on network file systems.
   */
  path: string;
  /**
   * What an acknowledged write survives. `'process'`: the end of the process, even by `kill -9`. A power failure or a crash
   * of the operating system can lose the last writes. `'power'`: those too, at the cost of one flush to the disk per write.
   * @default 'process'
   */
  durability?: 'process' | 'power';
  /**
   * Milliseconds that an operation waits for another process to finish its write. Nothing else runs in this process
   * meanwhile. At most 10,000.
   * @default 1_000
   */
  busyTimeout?: number;
  /**
   * Milliseconds between two sweeps of expired rows.
   * @default 60_000
   */
  sweepInterval?: number;
  /** @default the machine's clock */
  clock?: Clock;
}

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions extends SqliteFileOptions {
  /**
   * Name of the table, so that several applications can share the file: a letter, then letters, digits and `_`.
   * @default 'sessions'
   */
  table?: string;
}

const MAX_BUSY_TIMEOUT = 10_000;

/** @throws `SessionConfigError` with every problem at once */
export function checkSqliteOptions(options: SqliteStoreOptions): void {
  const problems = fileProblems('sqliteStore', options);
  if (problems.length > 0) throw new SessionConfigError(problems);
}

/** The problems of the options of a file and its table. `factory` is the function that got them. */
export function fileProblems(factory: string, options: SqliteFileOptions & { table?: string }): ConfigProblem[] {
  const { path, table, durability, busyTimeout, sweepInterval } = options;
  const problems: ConfigProblem[] = [];
  const report = (option: string, problem: string): void =>
    void problems.push({ path: `${factory}.${option}`, problem });

  if (typeof path !== 'string' || path === '' || path.includes('\0') || path.startsWith('file:')) {
    report('path', "must be the path of a file, such as './data/sessions.db', or ':memory:'.");
  }
  if (table !== undefined && !(/^[A-Za-z]\w{0,62}$/.test(table) && !/^sqlite_/i.test(table))) {
    report('table', 'must be a letter, then at most 62 letters, digits and _; and not begin with sqlite_.');
  }
  if (durability !== undefined && durability !== 'process' && durability !== 'power') {
    report('durability', "must be 'process' or 'power'.");
  }
  if (!isInteger(busyTimeout, 0, MAX_BUSY_TIMEOUT)) {
    report('busyTimeout', `must be a whole number of milliseconds from 0 to ${MAX_BUSY_TIMEOUT}.`);
  }
  if (!isInteger(sweepInterval, 1, MAX_TIMER)) {
    report('sweepInterval', `must be a whole number of milliseconds from 1 to ${MAX_TIMER}.`);
  }
  return problems;
}

const isInteger = (value: number | undefined, least: number, most: number): boolean =>
  value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most);
