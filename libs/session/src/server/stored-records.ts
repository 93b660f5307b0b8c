import { KeyedQueue } from '../core/keyed-queue.js';
import type { SessionRecord } from '../core/record.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import { successorOf } from '../engine/tombstones.js';
import type { RecordCopies } from './record-copies.js';
import type { Saved } from '../engine/session-engine.js';
import type { IndexMaintainer } from '../registry/index-maintainer.js';

/** The version of a record that came as a copy: the store has to be asked before it is written. */
export const COPIED = '';

/** Writers of one session that all conflict make progress one by one; more tries than this is a broken store. */
const MAX_TRIES = 500;

/** What becomes of a record, and the keys that somebody else changed as well. */
export type Make = (theirs: SessionRecord) => { record: SessionRecord; conflicts: readonly string[] };

/** What records are written with. */
export interface RecordParts {
  readonly store: SessionStore;
  readonly copies: RecordCopies | undefined;
  readonly indexing: IndexMaintainer | undefined;
  /** Asks the store, and reports what is out of order. */
  ask<T>(operation: string, call: () => Promise<T>): Promise<T>;
  /** The record with the deadline that its times give. */
  dated(record: SessionRecord): SessionRecord;
  /** The public name of the session under a key. */
  handleOf(key: string): string;
  /** Is told of keys that somebody else changed as well. */
  conflict(handle: string, record: SessionRecord, keys: readonly string[]): void;
}

/** Changes and deletes records: one after the other in this process, and on condition that no other came in between. */
export class StoredRecords {
  private readonly queue = new KeyedQueue<StoredSession>();

  constructor(private readonly parts: RecordParts) {}

  /** Deletes a session, under whatever key it is now. */
  remove(key: string): Promise<{ readonly last: StoredSession | undefined; readonly keys: readonly string[] }> {
    const keys = [key];
    return this.queue.run(key, async (_carried, carry) => {
      carry(undefined);
      this.parts.copies?.noteHandle(this.parts.handleOf(key), undefined);
      for (;;) {
        const last = await this.parts.ask('delete', () => this.parts.store.delete(keys.at(-1) ?? key));
        const successor = successorOf(last);
        if (successor === undefined) return { last, keys };
        keys.push(successor);
      }
    });
  }

  /** What is stored, where only a copy of it is known. */
  async uncopied(key: string, known: StoredSession): Promise<StoredSession | undefined> {
    return known.version === COPIED ? this.parts.ask('read', () => this.parts.store.read(key)) : known;
  }

  /**
   * Changes a record by a function that runs again on the fresh one until nobody came in between.
   * @returns what is stored now; undefined if the session is gone
   */
  write(own: string, known: StoredSession, make: Make): Promise<Saved | undefined> {
    return this.queue.run(own, async (carried, carry) => {
      const begin = carried ?? (await this.uncopied(own, known));
      if (!begin) return undefined;
      let theirs: StoredSession = begin;
      let key = own;
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const successor = successorOf(theirs);
        if (successor !== undefined) {
          // A copy tells nothing about when: the request may have come long after.
          if (known.version === COPIED) throw new SessionRotatedError();
          const current = await this.parts.ask('read', () => this.parts.store.read(successor));
          if (!current) return undefined;
          key = successor;
          theirs = current;
          continue;
        }
        const { record: made, conflicts } = make(theirs.record);
        const { facts } = key === own ? made : theirs.record;
        // A deadline never goes back.
        const lastSeenAt = Math.max(made.lastSeenAt, theirs.record.lastSeenAt);
        const dated = this.parts.dated({ ...made, ...(facts && { facts }), lastSeenAt });
        const change = await this.parts.indexing?.change(theirs.record, dated);
        const record = change?.record ?? dated;
        const expected = theirs.version;
        const result = await this.parts.ask('save', () => this.parts.store.save(key, record, expected));
        if (result.status === 'saved') {
          const stored: Saved = { record, version: result.version, ...(key !== own && { renamed: true }) };
          carry(undefined);
          if (key === own) this.parts.copies?.noteHandle(this.parts.handleOf(own), stored);
          if (change && !(await this.parts.indexing?.follow(key, change))) return undefined;
          carry(stored);
          if (conflicts.length > 0) this.parts.conflict(this.parts.handleOf(own), record, conflicts);
          return stored;
        }
        if (result.status === 'missing') {
          carry(undefined);
          return undefined;
        }
        theirs = result.current;
      }
      throw new SessionStoreError(`A session changed under each of ${MAX_TRIES} tries to save it.`);
    });
  }
}
