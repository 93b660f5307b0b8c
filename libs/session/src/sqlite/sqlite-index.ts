import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../core/clock.js';
import {
  placeName,
  type Entered,
  type IndexedMember,
  type IndexMember,
  type IndexPlace,
  type IndexTerms,
  type SessionIndex,
} from '../stores/indexed-store.js';
import type { Work } from './sqlite-guard.js';
import { createIndexTables, prepareIndexStatements, type IndexStatements } from './sqlite-index-statements.js';
import { inTransaction } from './sqlite-transaction.js';

/** Entries that one step of a sweep deletes. */
const SWEEP_BATCH = 500;

/** What the index needs of the file that it is in. */
export interface IndexFile {
  /** Name of the sessions' table, checked. */
  readonly table: string;
  readonly clock: Clock;
  /** Runs one operation. @throws `SessionStoreError` that says what is wrong with the file */
  guarded<T>(operation: (database: DatabaseSync) => T, work?: Work): T;
}

/** The index of the SQLite store: two tables beside that of the sessions. What takes two statements is one transaction. */
export class SqliteIndex implements SessionIndex {
  private statements!: IndexStatements;

  constructor(private readonly file: IndexFile) {}

  /** Creates its tables if they are not there, each time that the file is opened. */
  prepare(database: DatabaseSync): void {
    const { table } = this.file;
    createIndexTables(database, table);
    this.statements = prepareIndexStatements(database, table);
  }

  async revokedBefore(place: IndexPlace): Promise<number> {
    return this.file.guarded(() => this.revokedBeforeAt(placeName(place)), 'read');
  }

  async enter(at: IndexPlace, { key, createdAt }: IndexMember, terms: IndexTerms): Promise<Entered> {
    const { until, revokedBefore, limit = Infinity, whenFull = 'refuse' } = terms;
    const place = placeName(at);
    return this.transaction((): Entered => {
      if (revokedBefore < this.revokedBeforeAt(place)) return { status: 'over', reason: 'ended' };
      this.statements.tidy.run(place, this.file.clock.now());
      const members = this.find(place);
      const before = members.find((member) => member.key === key);
      if (before?.leaving) return { status: 'over', reason: 'leaving' };
      else if (!before) {
        const others = members.filter((member) => !member.leaving);
        if (others.length >= limit && whenFull === 'refuse') return { status: 'full' };
        for (const oldest of others.slice(0, Math.max(0, others.length - limit + 1)))
          this.statements.mark.run(place, oldest.key);
      }
      this.statements.enter.run(place, key, createdAt, dateOf(until));
      const leaving = this.find(place).filter((member) => member.leaving);
      return { status: 'in', leaving: leaving.map((member) => ({ key: member.key, createdAt: member.createdAt })) };
    });
  }

  async prolong(
    at: IndexPlace,
    { key }: IndexMember,
    { until, revokedBefore }: Pick<IndexTerms, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'> {
    const place = placeName(at);
    return this.transaction((): 'in' | 'absent' | 'over' => {
      if (revokedBefore < this.revokedBeforeAt(place)) return 'over';
      const { changes } = this.statements.prolong.run(dateOf(until), place, key, this.file.clock.now());
      if (Number(changes) === 1) return 'in';
      return this.find(place).some((member) => member.key === key) ? 'over' : 'absent';
    }, 'background');
  }

  async leave(place: IndexPlace, { key }: IndexMember): Promise<void> {
    this.file.guarded(() => this.statements.leave.run(placeName(place), key));
  }

  async members(place: IndexPlace): Promise<readonly IndexedMember[]> {
    return this.file.guarded(() => this.find(placeName(place)), 'read');
  }

  async revokeBefore(at: IndexPlace, time: number, until: number): Promise<readonly IndexedMember[]> {
    const place = placeName(at);
    return this.transaction(() => {
      this.statements.revokeBefore.run(place, time, dateOf(until));
      return this.find(place);
    });
  }

  /** Deletes what is over, at most 500 entries at a time. */
  sweep(): void {
    this.file.guarded(() => {
      const now = this.file.clock.now();
      this.statements.sweep.run(now, SWEEP_BATCH);
      this.statements.sweepRevocations.run(now);
    }, 'background');
  }

  private revokedBeforeAt(place: string): number {
    return Number(this.statements.revokedBefore.get(place, this.file.clock.now())?.['time'] ?? 0);
  }

  private find(place: string): IndexedMember[] {
    return this.statements.members.all(place, this.file.clock.now()).map((row) => ({
      key: String(row['key']),
      createdAt: Number(row['created_at']),
      leaving: Number(row['leaving']) === 1,
    }));
  }

  private transaction<T>(run: () => T, work?: Work): T {
    return this.file.guarded((database) => inTransaction(database, run), work);
  }
}

/** SQLite has no Infinity that compares in every column. */
const dateOf = (until: number): number => Math.min(until, Number.MAX_SAFE_INTEGER);
