import type { DatabaseSync } from 'node:sqlite';
import { OutageGuard, type GuardedStore } from '../stores/outage-guard.js';
import { isBusy, toStoreError, stillLocked } from './sqlite-errors.js';

/**
 * What an operation does. Others' writes hold no read up. What runs in the background waits a moment at most for others'
 * writes, and refuses nothing to anybody else.
 */
export type Work = 'read' | 'write' | 'background';

/** Milliseconds between two looks whether a lock is gone. Nothing waits for one. */
const PROBE_EVERY = 250;
/** Milliseconds that work in the background waits for the lock: others' writes take less. */
const SHORT = 20;

/**
 * The outage guard in front of a file. SQLite waits for a lock on the thread that serves requests, so one wait of
 * `busyTimeout` is enough: after it, operations of that kind are refused at once, until a probe that does not wait finds
 * the lock free.
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
    return this.outage.runNow(work, () => this.patiently(Math.min(SHORT, this.busyTimeout), operation));
  }

  /** Refuses nothing any more. */
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

  /** A wait that nobody notices need not be spared. */
  isOutage(error: unknown): boolean {
    return this.busyTimeout > SHORT && isBusy(error);
  }

  /** Runs what waits for a lock for so many milliseconds only. */
  private patiently<T>(wait: number, operation: () => T): T {
    const database = this.database();
    database?.exec(`PRAGMA busy_timeout = ${wait}`);
    try {
      return operation();
    } finally {
      // The operation may have closed it.
      if (database && database === this.database()) database.exec(`PRAGMA busy_timeout = ${this.busyTimeout}`);
    }
  }
}
