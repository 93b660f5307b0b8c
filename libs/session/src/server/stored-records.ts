import { KeyedQueue } from '../core/keyed-queue.js';
import type { Ending, SessionRecord, Tombstone } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { isStoredSession, type StoredRecord, type StoredSession } from '../stores/session-store.js';
import type { EndingTerms, RecordEnder } from '../registry/record-writer.js';
import { COPIED, type RecordCopies } from './record-copies.js';

/** Of conflicting writers one always succeeds, so only a broken store needs more tries than this. */
const MAX_TRIES = 500;
/** After this many tries to end a session that keeps changing, it is deleted unconditionally. */
const MAX_END_TRIES = 8;
/** How long (ms) a tombstone is kept for late requests. */
const TOMBSTONE_LIFE = 60_000;

/** Changes and ends records: in order within this process, and by conditional writes between processes. */
export class StoredRecords implements RecordEnder {
  private readonly queue = new KeyedQueue<StoredSession>();

  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly copies: RecordCopies | undefined,
  ) {}

  /**
   * See {@link RecordWriter.write}. All conditional writes of sessions come through here.
   * @param make may return more than the record
   */
  change<Made extends { readonly record: SessionRecord }>(
    key: string,
    known: StoredSession,
    make: (theirs: SessionRecord) => Made | Promise<Made>,
  ): Promise<{ readonly stored: StoredSession; readonly made: Made } | undefined> {
    return this.queue.run(key, async (carried, carry) => {
      let theirs = carried ?? (known.version === COPIED ? await this.read(key) : known);
      for (let tries = 0; theirs && tries < MAX_TRIES; tries++) {
        const made = await make(theirs.record);
        const { record } = made;
        // Another write has just stored the same.
        if (record === theirs.record && theirs !== known) return { stored: theirs, made };
        const result = await this.store.save(key, record, theirs.version);
        if (result.status === 'saved') {
          const stored = { record, version: result.version };
          this.copies?.wrote(key, stored);
          carry(stored);
          return { stored, made };
        }
        theirs = result.status === 'changed' ? asSession(result.current) : undefined;
      }
      carry(undefined);
      if (!theirs) return undefined;
      throw this.unsettled('save');
    });
  }

  /** See {@link RecordEnder.end}. */
  end(key: string, ending: Ending, { known, judge, movedTo }: EndingTerms = {}): Promise<StoredSession | undefined> {
    return this.queue.run(key, async (carried, carry) => {
      carry(undefined);
      let last = carried ?? (known && known.version !== COPIED ? known : await this.read(key));
      for (let tries = 0; last; tries++) {
        if (judge && !judge(last.record)) return undefined;
        // A store without conditional writes gains nothing from one, and deletions are visible to other code.
        if (this.store.keepsIdleDeadline || this.isDeleted(ending) || tries === MAX_END_TRIES)
          return this.remove(key, ending, last, movedTo);
        const result = await this.store.save(key, this.tombstone(ending, last.record, movedTo), last.version);
        if (result.status === 'saved') {
          this.copies?.ended(key);
          return last;
        }
        last = result.status === 'changed' ? asSession(result.current) : undefined;
      }
      // The session is over already, so its copies are not valid either.
      if (!judge) this.copies?.ended(key);
      return undefined;
    });
  }

  /** A session was created, which no other request knows yet. */
  created(key: string, stored: StoredSession): void {
    this.copies?.wrote(key, stored);
  }

  /** Deletes a session that no browser knows. */
  async discard(key: string): Promise<void> {
    await this.queue.run(key, async (_carried, carry) => {
      carry(undefined);
      await this.store.delete(key);
      this.copies?.ended(key);
    });
  }

  /** The key that a session was just moved to. */
  async movedTo(key: string): Promise<string | undefined> {
    const { record } = (await this.store.readFresh(key)) ?? {};
    return record?.kind === 'tombstone' ? record.movedTo : undefined;
  }

  private async remove(
    key: string,
    ending: Ending,
    last: StoredSession,
    movedTo: string | undefined,
  ): Promise<StoredSession | undefined> {
    const removed = await this.store.delete(key);
    this.copies?.ended(key);
    if (!isStoredSession(removed)) {
      // Another request was first, and its tombstone says where the session is now.
      if (removed?.record.kind === 'tombstone') await this.store.create(key, removed.record);
      return undefined;
    }
    // The session is over either way. Without a tombstone, a late request may begin a new one.
    const tombstone = this.isDeleted(ending) ? undefined : this.tombstone(ending, last.record, movedTo);
    if (tombstone) await this.store.create(key, tombstone).catch(() => undefined);
    return removed;
  }

  /**
   * With plain ids other code would treat a tombstone as a session: express-session would continue with an empty session
   * under the id of one that was logged out.
   */
  private isDeleted(ending: Ending): boolean {
    if (this.store.keepsIdleDeadline) return ending !== 'replaced';
    return this.store.isShared && ending === 'signed-out';
  }

  private async read(key: string): Promise<StoredSession | undefined> {
    return asSession(await this.store.readFresh(key));
  }

  private tombstone(ended: Ending, { expiresAt }: SessionRecord, movedTo: string | undefined): Tombstone {
    const at = this.context.now();
    // An evicted device is told the reason for as long as its session would have lived.
    const until = ended === 'evicted' ? Math.max(expiresAt, at + TOMBSTONE_LIFE) : at + TOMBSTONE_LIFE;
    return { kind: 'tombstone', ended, at, ...(movedTo !== undefined && { movedTo }), expiresAt: until };
  }

  private unsettled(operation: string): SessionStoreError {
    return new SessionStoreError(`A session changed under each of ${MAX_TRIES} tries to ${operation} it.`);
  }
}

const asSession = (stored: StoredRecord | undefined): StoredSession | undefined =>
  isStoredSession(stored) ? stored : undefined;
