import type { DatabaseSync } from 'node:sqlite';
import { OutageGuard, type GuardedStore } from '../stores/outage-guard.js';
import { isBusy, toStoreError, stillLocked } from './sqlite-errors.js';

/**
 * The kind of an operation. Reads do not wait for writes of other processes. Work in the background waits for them for a
 * moment at most, and never opens a circuit.
 */
export type Work = 'read' | 'write' | 'background';

/** How often (ms) to probe whether a lock is gone. */
const PROBE_EVERY = 250;
/** How long (ms) work in the background waits for the lock. A write takes less. */
const BACKGROUND_WAIT = 20;

/**
 * The outage guard in front of a file. SQLite waits for a lock on the thread that serves requests, so after one wait of
 * `busyTimeout` operations of that kind are refused at once, until a probe, which does not wait, finds the lock free.
 */
export class SqliteGuard implements GuardedStore {
  private readonly outage: OutageGuard;

  /** @param busyTimeout milliseconds */
  constructor(
    private readonly path: string,
    private readonly busyTimeout: number,
    private readonly database: () => DatabaseSync | undefined,
  ) {
    this.outage = new OutageGuard(this, { timeout: busyTimeout, probeEvery: PROBE_EVERY });
  }

  /** Runs one operation. @throws `SessionStoreError` that says what is wrong with the file */
  run<T>(work: Work, operation: () => T): T {
    if (work !== 'background') return this.outage.runNow(work, operation);
    return this.outage.runNow(work, () => this.patiently(Math.min(BACKGROUND_WAIT, this.busyTimeout), operation));
  }

  /** Closes all circuits. */
  reset(): void {
    this.outage.reset();
  }

  async probe(work: string): Promise<void> {
    this.patiently(0, () => {
      const database = this.database();
      if (work === 'read') database?.prepare('SELECT count(*) FROM sqlite_schema').get();
      else database?.exec('BEGIN IMMEDIATE; ROLLBACK');
    });
  }

  refused(): Error {
    return stillLocked(this.path);
  }

  failed(error: unknown): Error {
    return toStoreError(this.path, error);
  }

  /** A wait that is too short to be noticed opens no circuit. */
  isOutage(error: unknown): boolean {
    return this.busyTimeout > BACKGROUND_WAIT && isBusy(error);
  }

  /** Runs an operation that waits for a lock for `wait` milliseconds at most. */
  private patiently<T>(wait: number, operation: () => T): T {
    const database = this.database();
    database?.exec(`PRAGMA busy_timeout = ${wait}`);
    try {
      return operation();
    } finally {
      // The operation may have closed the database.
      if (database && database === this.database()) database.exec(`PRAGMA busy_timeout = ${this.busyTimeout}`);
    }
  }
}
