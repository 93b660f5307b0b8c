import { personOf } from '../core/user-key.js';
import type { SessionRecord } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { SessionNames } from '../engine/session-names.js';
import { SessionGoneError, SessionLimitError } from '../errors/session-state.errors.js';
import type { AddResult, IndexKey, SessionIndex } from '../stores/indexed-store.js';
import { isStoredSession, type StoredSession } from '../stores/session-store.js';
import { IndexSweeper, memberOf } from './index-sweeper.js';
import {
  entryEnd,
  handleKeyOf,
  isLater,
  indexKeysOf,
  revokedBeforeAt,
  isSameIndexKey,
  userKeyOf,
} from './index-keys.js';
import type { RecordEnder } from './record-writer.js';
import { limitAt } from './session-limit.js';

/** How the index follows a change of a record. */
export interface IndexChange {
  /** The record to store, with the facts that the index needs. */
  readonly record: SessionRecord;
  /** Index keys that no longer apply. */
  readonly gone: readonly IndexKey[];
  /** New index keys. */
  readonly fresh: readonly IndexKey[];
  readonly same: readonly IndexKey[];
  /** The entries have to be extended. */
  readonly due: boolean;
}

/**
 * Keeps the index of a store consistent with its records. A record is written before its entries: a process that dies in
 * between leaves a session that no browser has, or one that is added when it is next renewed. A record is ended before its
 * entries are removed: a process that dies in between leaves entries that the next lookup removes.
 */
export class IndexMaintainer {
  readonly sweeper: IndexSweeper;

  constructor(
    private readonly context: EngineContext,
    private readonly store: ReportedStore,
    readonly index: SessionIndex,
    private readonly names: SessionNames,
    private readonly records: RecordEnder,
  ) {
    this.sweeper = new IndexSweeper(context, store, index, records, names, (key, record) =>
      this.indexKeysUnder(key, record),
    );
  }

  /** A record with the facts that the index needs, before it is first stored. */
  noted(record: SessionRecord): SessionRecord {
    return this.note(record, indexKeysOf(record, this.context.options).length > 0, 0);
  }

  /**
   * Adds a session that was just stored.
   * @param counts whether it counts for the limit
   * @throws `SessionLimitError` at the limit, `SessionGoneError` if the sessions of its user were revoked since it began;
   * no entry is added then
   */
  async add(key: string, record: SessionRecord, counts: boolean): Promise<void> {
    const indexKeys = this.indexKeysUnder(key, record);
    try {
      const results = await Promise.all(indexKeys.map((indexKey) => this.addAt(indexKey, key, record, counts)));
      this.requireAdded(key, record, results);
    } catch (error) {
      await this.removeAll(key, record);
      throw error;
    }
  }

  /** How the index follows a record that replaces another one of the same session. */
  async change(before: SessionRecord, after: SessionRecord): Promise<IndexChange> {
    const { options } = this.context;
    const [one, other] = [indexKeysOf(before, options), indexKeysOf(after, options)];
    const gone = without(one, other);
    const fresh = without(other, one);
    const same = fresh.length === 0 ? other : without(other, fresh);
    const dated = fresh.length === 0 ? after : await this.withRevocationTime(after, fresh);
    const known = same.length > 0 ? (before.facts?.indexedUntil ?? 0) : 0;
    const record = this.note(dated, other.length > 0, known);
    return { record, gone, fresh, same, due: record.facts?.indexedUntil !== before.facts?.indexedUntil };
  }

  /**
   * Applies a change whose record was saved.
   * @returns false if the session is over; its record is ended then
   * @throws `SessionLimitError` if the session got a user who is at the limit
   */
  async follow(key: string, known: StoredSession, change: IndexChange): Promise<boolean> {
    const { gone, fresh, same, due } = change;
    const { record } = known;
    if (gone.length + fresh.length === 0 && !(due && same.length > 0)) return true;
    const member = memberOf(key, record);
    const own = this.handleKeys(key);
    const was = gone.length + same.length > 0;
    const is = fresh.length + same.length > 0;
    const adding = is && !was ? [...own, ...fresh] : fresh;
    const removing = was && !is ? [...own, ...gone] : gone;
    const [results, extended] = await Promise.all([
      Promise.all(adding.map((indexKey) => this.addAt(indexKey, key, record))),
      Promise.all((due && was && is ? [...own, ...same] : []).map((indexKey) => this.extend(indexKey, key, record))),
      Promise.all(removing.map((indexKey) => this.index.remove(indexKey, member))),
    ]);
    if (extended.every(Boolean) && results.every(({ status }) => status === 'in')) return true;
    if (!results.some(({ status }) => status === 'full')) {
      const spared = await this.endUnlessSpared(key, known);
      return spared !== undefined && this.follow(key, spared, { ...change, record: spared.record });
    }
    const last = await this.records.end(key, 'revoked', { known });
    if (last) await this.removeAll(key, last.record);
    this.emitRejected(key, record);
    throw new SessionLimitError();
  }

  /**
   * Ends a session that its index keys say was revoked, unless a `revokeOthers()` spared it since `known` was written: the
   * index was asked with the older times of `known` then.
   * @returns the session, if it goes on
   */
  async endUnlessSpared(key: string, known: StoredSession): Promise<StoredSession | undefined> {
    const judge = ({ revokedBefore }: SessionRecord) => !isLater(revokedBefore, known.record.revokedBefore);
    const last = await this.records.end(key, 'revoked', { known, judge });
    if (last) {
      await this.removeAll(key, last.record);
      return undefined;
    }
    const current = await this.store.readFresh(key);
    return isStoredSession(current) && !judge(current.record) ? current : undefined;
  }

  /** Extends the entries of a renewed session, where that is due. @returns false if the session is over */
  async extendAll(key: string, { record, same, due }: IndexChange): Promise<boolean> {
    if (!due) return true;
    const indexKeys = same.length > 0 ? [...this.handleKeys(key), ...same] : [];
    return (await Promise.all(indexKeys.map((indexKey) => this.extend(indexKey, key, record)))).every(Boolean);
  }

  /** Removes the entries of a session that is over. If this fails, the next lookup removes them. */
  async removeAll(key: string, record: SessionRecord, except: readonly IndexKey[] = []): Promise<void> {
    const member = memberOf(key, record);
    const indexKeys = without(this.indexKeysUnder(key, record), except);
    await Promise.allSettled(indexKeys.map((indexKey) => this.index.remove(indexKey, member)));
  }

  /** All index keys of a session; none if it is found by its name only. */
  private indexKeysUnder(key: string, record: SessionRecord): IndexKey[] {
    const indexKeys = indexKeysOf(record, this.context.options);
    return indexKeys.length === 0 ? [] : [...this.handleKeys(key), ...indexKeys];
  }

  /** The index key of the handle; none if the handle is the key of the record. */
  private handleKeys(key: string): IndexKey[] {
    const handle = this.names.handleOf(key);
    return handle === key ? [] : [handleKeyOf(handle)];
  }

  private async addAt(indexKey: IndexKey, key: string, record: SessionRecord, counts = true): Promise<AddResult> {
    const policy = this.context.options;
    const limit = counts ? limitAt(indexKey, record, policy) : undefined;
    const options = { until: entryEnd(record, policy), revokedBefore: revokedBeforeAt(indexKey, record), limit };
    const member = memberOf(key, record);
    let result = await this.index.add(indexKey, member, options);
    if (result.status === 'full') {
      // Some of the members may be over: looking at them removes those.
      await this.sweeper.look(indexKey);
      const whenFull = policy.whenFull === 'reject' ? 'refuse' : 'evict';
      result = await this.index.add(indexKey, member, { ...options, whenFull });
    }
    if (result.status === 'in') await Promise.all(result.evicting.map((other) => this.sweeper.evict(indexKey, other)));
    return result;
  }

  /** @returns false if the session is over */
  private async extend(indexKey: IndexKey, key: string, record: SessionRecord): Promise<boolean> {
    const options = { until: entryEnd(record, this.context.options), revokedBefore: revokedBeforeAt(indexKey, record) };
    const member = memberOf(key, record);
    const status = await this.index.extend(indexKey, member, options);
    if (status !== 'absent') return status === 'in';
    // The session is older than the index, or the process that stored it died. It is added, without a limit.
    return (await this.index.add(indexKey, member, options)).status === 'in';
  }

  private requireAdded(key: string, record: SessionRecord, results: readonly AddResult[]): void {
    const refusal = results.find(({ status }) => status !== 'in');
    if (!refusal) return;
    if (refusal.status !== 'full') throw new SessionGoneError();
    this.emitRejected(key, record);
    throw new SessionLimitError();
  }

  private emitRejected(key: string, { data, facts }: SessionRecord): void {
    const session = this.context.describe(this.names.handleOf(key), data, facts);
    this.context.events.emit('rejected', { ...session, reason: 'limit' });
  }

  /** A user that the application set itself, without `login()`, begins now: earlier revocations do not apply. */
  private async withRevocationTime(after: SessionRecord, fresh: readonly IndexKey[]): Promise<SessionRecord> {
    const person = personOf(after, this.context.options.userKey);
    if (person === undefined || !isWithin(fresh, userKeyOf(person))) return after;
    return {
      ...after,
      revokedBefore: { ...after.revokedBefore, user: await this.index.revokedBefore(userKeyOf(person)) },
    };
  }

  /** @param known until when the index has entries of it already */
  private note(record: SessionRecord, indexed: boolean, known: number): SessionRecord {
    if (!indexed) return record;
    const indexedUntil = record.expiresAt <= known ? known : entryEnd(record, this.context.options);
    return { ...record, facts: { ...record.facts, indexedUntil } };
  }
}

function isWithin(indexKeys: readonly IndexKey[], indexKey: IndexKey): boolean {
  for (const one of indexKeys) if (isSameIndexKey(one, indexKey)) return true;
  return false;
}

function without(indexKeys: readonly IndexKey[], others: readonly IndexKey[]): IndexKey[] {
  const left: IndexKey[] = [];
  for (const indexKey of indexKeys) if (!isWithin(others, indexKey)) left.push(indexKey);
  return left;
}
