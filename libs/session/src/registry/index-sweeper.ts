import { isExpired } from '../core/deadlines.js';
import type { SessionRecord } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { SessionNames } from '../engine/session-names.js';
import type { IndexedMember, IndexMember, IndexPlace, SessionIndex } from '../stores/indexed-store.js';
import { isStoredSession, type StoredSession } from '../stores/session-store.js';
import { placesOf, samePlace } from './index-keys.js';
import type { RecordEnder } from './record-writer.js';

/** A session that was found by its index. */
export interface IndexedSession {
  readonly key: string;
  readonly stored: StoredSession;
}

/** Sessions that are read at once. */
const BATCH_SIZE = 100;

/** Looks up what is in the index, removes entries of what is over, and finishes evictions that were begun. */
export class IndexSweeper {
  /** @param placesUnder where a session is entered */
  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly index: SessionIndex,
    private readonly records: RecordEnder,
    private readonly names: SessionNames,
    private readonly placesUnder: (key: string, record: SessionRecord) => IndexPlace[],
  ) {}

  /** The live sessions of a place, the oldest first. Entries of the others are removed. */
  async look(place: IndexPlace): Promise<IndexedSession[]> {
    const members = await this.index.members(place);
    const found: IndexedSession[] = [];
    for (let from = 0; from < members.length; from += BATCH_SIZE) {
      const batch = members.slice(from, from + BATCH_SIZE);
      for (const one of await Promise.all(batch.map((member) => this.lookAt(place, member)))) if (one) found.push(one);
    }
    return found;
  }

  /** Ends a session that made room for another one. */
  async evict(place: IndexPlace, member: IndexMember): Promise<void> {
    const { key } = member;
    const last = await this.records.end(key, 'evicted');
    if (last) {
      const { data, facts } = last.record;
      const others = this.placesUnder(key, last.record).filter((other) => !samePlace(other, place));
      await Promise.allSettled(others.map((other) => this.index.leave(other, member)));
      this.context.events.emit('evicted', {
        ...this.context.describe(this.names.handleOf(key), data, facts),
        reason: 'limit',
      });
    }
    // Last, so that another process goes on with it if this one dies.
    await this.index.leave(place, member);
  }

  private async lookAt(place: IndexPlace, member: IndexedMember): Promise<IndexedSession | undefined> {
    if (member.leaving) {
      await this.evict(place, member);
      return undefined;
    }
    const { key } = member;
    const stored = await this.store.readFresh(key);
    if (isStoredSession(stored) && this.stands(place, stored.record)) return { key, stored };
    await this.index.leave(place, member);
    return undefined;
  }

  /** Whether a session is alive and belongs where it was found. */
  private stands(place: IndexPlace, record: SessionRecord): boolean {
    const { options } = this.context;
    if (isExpired(record, options, this.context.now())) return false;
    return place.index === 'handle' || placesOf(record, options).some((other) => samePlace(place, other));
  }
}

/** What of a session the index goes by. */
export const memberOf = (key: string, { createdAt }: SessionRecord): IndexMember => ({ key, createdAt });
