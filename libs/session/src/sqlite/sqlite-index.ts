import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../core/clock.js';
import {
  indexKeyName,
  type AddResult,
  type IndexedMember,
  type IndexMember,
  type IndexKey,
  type EntryOptions,
  type SessionIndex,
} from '../stores/indexed-store.js';
import type { Work } from './sqlite-guard.js';
import { createIndexTables, prepareIndexStatements, type IndexStatements } from './sqlite-index-statements.js';
import { inTransaction } from './sqlite-transaction.js';

/** How many entries one step of a sweep deletes at most. */
const SWEEP_BATCH = 500;

/** What the index needs from its file. */
export interface IndexFile {
  /** Name of the sessions' table, checked. */
  readonly table: string;
  readonly clock: Clock;
  /** Runs one operation. @throws `SessionStoreError` that says what is wrong with the file */
  guarded<T>(operation: (database: DatabaseSync) => T, work?: Work): T;
}

/** The index of the SQLite store: two tables beside that of the sessions. Operations of several statements are transactions. */
export class SqliteIndex implements SessionIndex {
  private statements!: IndexStatements;

  constructor(private readonly file: IndexFile) {}

  /** Creates its tables if they are missing, whenever the file is opened. */
  prepare(database: DatabaseSync): void {
    const { table } = this.file;
    createIndexTables(database, table);
    this.statements = prepareIndexStatements(database, table);
  }

  async revokedBefore(indexKey: IndexKey): Promise<number> {
    return this.file.guarded(() => this.revokedBeforeAt(indexKeyName(indexKey)), 'read');
  }

  async add(indexKey: IndexKey, { key, createdAt }: IndexMember, options: EntryOptions): Promise<AddResult> {
    const { until, revokedBefore, limit = Infinity, whenFull = 'refuse' } = options;
    const name = indexKeyName(indexKey);
    return this.transaction((): AddResult => {
      if (revokedBefore < this.revokedBeforeAt(name)) return { status: 'over', reason: 'ended' };
      this.statements.tidy.run(name, this.file.clock.now());
      const members = this.find(name);
      const before = members.find((member) => member.key === key);
      if (before?.evicting) return { status: 'over', reason: 'evicting' };
      else if (!before) {
        const others = members.filter((member) => !member.evicting);
        if (others.length >= limit && whenFull === 'refuse') return { status: 'full' };
        for (const oldest of others.slice(0, Math.max(0, others.length - limit + 1)))
          this.statements.mark.run(name, oldest.key);
      }
      this.statements.add.run(name, key, createdAt, dateOf(until));
      const evicting = this.find(name).filter((member) => member.evicting);
      return { status: 'in', evicting: evicting.map((member) => ({ key: member.key, createdAt: member.createdAt })) };
    });
  }

  async extend(
    indexKey: IndexKey,
    { key }: IndexMember,
    { until, revokedBefore }: Pick<EntryOptions, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'> {
    const name = indexKeyName(indexKey);
    return this.transaction((): 'in' | 'absent' | 'over' => {
      if (revokedBefore < this.revokedBeforeAt(name)) return 'over';
      const { changes } = this.statements.extend.run(dateOf(until), name, key, this.file.clock.now());
      if (Number(changes) === 1) return 'in';
      return this.find(name).some((member) => member.key === key) ? 'over' : 'absent';
    }, 'background');
  }

  async remove(indexKey: IndexKey, { key }: IndexMember): Promise<void> {
    this.file.guarded(() => this.statements.remove.run(indexKeyName(indexKey), key));
  }

  async members(indexKey: IndexKey): Promise<readonly IndexedMember[]> {
    return this.file.guarded(() => this.find(indexKeyName(indexKey)), 'read');
  }

  async revokeBefore(indexKey: IndexKey, time: number, until: number): Promise<readonly IndexedMember[]> {
    const name = indexKeyName(indexKey);
    return this.transaction(() => {
      this.statements.revokeBefore.run(name, time, dateOf(until));
      return this.find(name);
    });
  }

  /** Deletes what has expired, at most {@link SWEEP_BATCH} entries at a time. */
  sweep(): void {
    this.file.guarded(() => {
      const now = this.file.clock.now();
      this.statements.sweep.run(now, SWEEP_BATCH);
      this.statements.sweepRevocations.run(now);
    }, 'background');
  }

  private revokedBeforeAt(name: string): number {
    return Number(this.statements.revokedBefore.get(name, this.file.clock.now())?.['time'] ?? 0);
  }

  private find(name: string): IndexedMember[] {
    return this.statements.members.all(name, this.file.clock.now()).map((row) => ({
      key: String(row['key']),
      createdAt: Number(row['created_at']),
      evicting: Number(row['leaving']) === 1,
    }));
  }

  private transaction<T>(run: () => T, work?: Work): T {
    return this.file.guarded((database) => inTransaction(database, run), work);
  }
}

/** SQLite has no Infinity that compares in every column. */
const dateOf = (until: number): number => Math.min(until, Number.MAX_SAFE_INTEGER);
