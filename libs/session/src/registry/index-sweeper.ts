import { isExpired } from '../core/deadlines.js';
import type { SessionRecord } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { SessionNames } from '../engine/session-names.js';
import type { IndexedMember, IndexMember, IndexKey, SessionIndex } from '../stores/indexed-store.js';
import { isStoredSession, type StoredSession } from '../stores/session-store.js';
import { indexKeysOf, isSameIndexKey } from './index-keys.js';
import type { RecordEnder } from './record-writer.js';

/** A session that an index found. */
export interface IndexedSession {
  readonly key: string;
  readonly stored: StoredSession;
}

/** How many sessions are read at once. */
const BATCH_SIZE = 100;

/** Looks up index entries, removes those whose sessions are over, and finishes evictions that another process began. */
export class IndexSweeper {
  /** @param indexKeysUnder all index keys of a session */
  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    private readonly index: SessionIndex,
    private readonly records: RecordEnder,
    private readonly names: SessionNames,
    private readonly indexKeysUnder: (key: string, record: SessionRecord) => IndexKey[],
  ) {}

  /**
   * The live sessions of an index key, the oldest first. Entries of the others are removed.
   * @param newest looks at no more than this many, those that were created last
   */
  async look(indexKey: IndexKey, newest = Infinity): Promise<IndexedSession[]> {
    const members = (await this.index.members(indexKey)).slice(-newest);
    const found: IndexedSession[] = [];
    for (let from = 0; from < members.length; from += BATCH_SIZE) {
      const batch = members.slice(from, from + BATCH_SIZE);
      for (const one of await Promise.all(batch.map((member) => this.lookAt(indexKey, member))))
        if (one) found.push(one);
    }
    return found;
  }

  /** Ends a session that was evicted. */
  async evict(indexKey: IndexKey, member: IndexMember): Promise<void> {
    const { key } = member;
    const last = await this.records.end(key, 'evicted');
    if (last) {
      const { data, facts } = last.record;
      const others = this.indexKeysUnder(key, last.record).filter((other) => !isSameIndexKey(other, indexKey));
      await Promise.allSettled(others.map((other) => this.index.remove(other, member)));
      this.context.events.emit('evicted', {
        ...this.context.describe(this.names.handleOf(key), data, facts),
        reason: 'limit',
      });
    }
    // Last, so that another process finishes the eviction if this one dies.
    await this.index.remove(indexKey, member);
  }

  private async lookAt(indexKey: IndexKey, member: IndexedMember): Promise<IndexedSession | undefined> {
    if (member.evicting) {
      await this.evict(indexKey, member);
      return undefined;
    }
    const { key } = member;
    const stored = await this.store.readFresh(key);
    if (isStoredSession(stored) && this.isCurrent(indexKey, stored.record)) return { key, stored };
    await this.index.remove(indexKey, member);
    return undefined;
  }

  /** Whether a session is live and still has the index key under which it was found. */
  private isCurrent(indexKey: IndexKey, record: SessionRecord): boolean {
    const { options } = this.context;
    if (isExpired(record, options, this.context.now())) return false;
    return indexKey.index === 'handle' || indexKeysOf(record, options).some((other) => isSameIndexKey(indexKey, other));
  }
}

/** A session as a member of an index. */
export const memberOf = (key: string, { createdAt }: SessionRecord): IndexMember => ({ key, createdAt });
