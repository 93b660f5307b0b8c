import type { SessionRecord } from '../core/record.js';
import type { EngineContext } from '../engine/engine-context.js';
import type { ReportedStore } from '../engine/reported-store.js';
import type { SessionNames } from '../engine/session-names.js';
import { SessionGoneError, SessionLimitError } from '../errors/session-state.errors.js';
import type { Entered, IndexPlace, SessionIndex } from '../stores/indexed-store.js';
import { isStoredSession, type StoredSession } from '../stores/session-store.js';
import { IndexSweeper, memberOf } from './index-sweeper.js';
import {
  entryEnd,
  handlePlace,
  isLater,
  placesOf,
  revokedBeforeAt,
  samePlace,
  userPlace,
  personOf,
} from './index-keys.js';
import type { RecordEnder } from './record-writer.js';
import { limitAt } from './session-limit.js';

/** What a change of a record means for the index. */
export interface IndexChange {
  /** What to store, with what the index needs to know of it. */
  readonly record: SessionRecord;
  /** Places that the session is no longer in. */
  readonly gone: readonly IndexPlace[];
  /** Places that it is new in. */
  readonly fresh: readonly IndexPlace[];
  readonly same: readonly IndexPlace[];
  /** Its entries have to be pushed on. */
  readonly due: boolean;
}

/**
 * Keeps the index of a store in step with its records. Records are written first and entered then, so a process that dies
 * in between leaves a session that no browser has, or one that is entered when it is next renewed; and ended first and
 * removed then, so a process that dies in between leaves an entry that the next look removes.
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
      this.placesUnder(key, record),
    );
  }

  /** A record with what the index needs to know of it, before it is first stored. */
  noted(record: SessionRecord): SessionRecord {
    return this.note(record, placesOf(record, this.context.options).length > 0, 0);
  }

  /**
   * Enters a session that was just stored.
   * @throws `SessionLimitError` if there is no room, `SessionGoneError` if its user's sessions were ended since it
   * began; then it is entered nowhere
   * @param counts whether it needs room
   */
  async enter(key: string, record: SessionRecord, counts: boolean): Promise<void> {
    const places = this.placesUnder(key, record);
    try {
      const entered = await Promise.all(places.map((place) => this.enterAt(place, key, record, counts)));
      this.requireIn(key, record, entered);
    } catch (error) {
      await this.leaveAll(key, record);
      throw error;
    }
  }

  /** What a record that replaces another one of the same session means for the index. */
  async change(before: SessionRecord, after: SessionRecord): Promise<IndexChange> {
    const { options } = this.context;
    const [one, other] = [placesOf(before, options), placesOf(after, options)];
    const gone = without(one, other);
    const fresh = without(other, one);
    const same = fresh.length === 0 ? other : without(other, fresh);
    const dated = fresh.length === 0 ? after : await this.datedFor(after, fresh);
    const known = same.length > 0 ? (before.facts?.indexedUntil ?? 0) : 0;
    const record = this.note(dated, other.length > 0, known);
    return { record, gone, fresh, same, due: record.facts?.indexedUntil !== before.facts?.indexedUntil };
  }

  /**
   * Follows a change that was saved.
   * @returns false if the session is over: it is ended then
   * @throws `SessionLimitError` if it got a user for whom there is no room
   */
  async follow(key: string, known: StoredSession, change: IndexChange): Promise<boolean> {
    const { gone, fresh, same, due } = change;
    const { record } = known;
    if (gone.length + fresh.length === 0 && !(due && same.length > 0)) return true;
    const member = memberOf(key, record);
    const own = this.ownPlaces(key);
    const was = gone.length + same.length > 0;
    const is = fresh.length + same.length > 0;
    const entering = is && !was ? [...own, ...fresh] : fresh;
    const leaving = was && !is ? [...own, ...gone] : gone;
    const [entered, extended] = await Promise.all([
      Promise.all(entering.map((place) => this.enterAt(place, key, record))),
      Promise.all((due && was && is ? [...own, ...same] : []).map((place) => this.extend(place, key, record))),
      Promise.all(leaving.map((place) => this.index.leave(place, member))),
    ]);
    if (extended.every(Boolean) && entered.every(({ status }) => status === 'in')) return true;
    if (!entered.some(({ status }) => status === 'full')) {
      const spared = await this.endUnlessSpared(key, known);
      return spared !== undefined && this.follow(key, spared, { ...change, record: spared.record });
    }
    const last = await this.records.end(key, 'revoked', { known });
    if (last) await this.leaveAll(key, last.record);
    this.tellRefused(key, record);
    throw new SessionLimitError();
  }

  /**
   * Ends a session whose places say that it is over, unless it was spared since `known` was written: then they went by an
   * older copy of what it carries.
   * @returns the session, if it goes on
   */
  async endUnlessSpared(key: string, known: StoredSession): Promise<StoredSession | undefined> {
    const judge = ({ revokedBefore }: SessionRecord) => !isLater(revokedBefore, known.record.revokedBefore);
    const last = await this.records.end(key, 'revoked', { known, judge });
    if (last) {
      await this.leaveAll(key, last.record);
      return undefined;
    }
    const current = await this.store.readFresh(key);
    return isStoredSession(current) && !judge(current.record) ? current : undefined;
  }

  /** Pushes the entries of a session on that was renewed, where that is due. @returns false if the session is over */
  async extendAll(key: string, { record, same, due }: IndexChange): Promise<boolean> {
    if (!due) return true;
    const places = same.length > 0 ? [...this.ownPlaces(key), ...same] : [];
    return (await Promise.all(places.map((place) => this.extend(place, key, record)))).every(Boolean);
  }

  /** Removes the entries of a session that is over. What is left behind here is removed by the next look. */
  async leaveAll(key: string, record: SessionRecord, except: readonly IndexPlace[] = []): Promise<void> {
    const member = memberOf(key, record);
    const places = without(this.placesUnder(key, record), except);
    await Promise.allSettled(places.map((place) => this.index.leave(place, member)));
  }

  /** Where a session is entered; nowhere if it is found by nothing but its name. */
  private placesUnder(key: string, record: SessionRecord): IndexPlace[] {
    const places = placesOf(record, this.context.options);
    return places.length === 0 ? [] : [...this.ownPlaces(key), ...places];
  }

  /** Where a session is found by its handle: nowhere, if that is its key. */
  private ownPlaces(key: string): IndexPlace[] {
    const handle = this.names.handleOf(key);
    return handle === key ? [] : [handlePlace(handle)];
  }

  private async enterAt(place: IndexPlace, key: string, record: SessionRecord, counts = true): Promise<Entered> {
    const { options } = this.context;
    const limit = counts ? limitAt(place, record, options) : undefined;
    const terms = { until: entryEnd(record, options), revokedBefore: revokedBeforeAt(place, record), limit };
    const member = memberOf(key, record);
    let entered = await this.index.enter(place, member, terms);
    if (entered.status === 'full') {
      // Of those that are in, some may be over.
      await this.sweeper.look(place);
      const whenFull = options.whenFull === 'reject' ? 'refuse' : 'make-room';
      entered = await this.index.enter(place, member, { ...terms, whenFull });
    }
    if (entered.status === 'in') await Promise.all(entered.leaving.map((other) => this.sweeper.evict(place, other)));
    return entered;
  }

  /** @returns false if the session is over */
  private async extend(place: IndexPlace, key: string, record: SessionRecord): Promise<boolean> {
    const terms = { until: entryEnd(record, this.context.options), revokedBefore: revokedBeforeAt(place, record) };
    const member = memberOf(key, record);
    const status = await this.index.prolong(place, member, terms);
    if (status !== 'absent') return status === 'in';
    // It is older than the index, or the process that stored it died. It is not refused for that.
    return (await this.index.enter(place, member, terms)).status === 'in';
  }

  private requireIn(key: string, record: SessionRecord, entered: readonly Entered[]): void {
    const refusal = entered.find(({ status }) => status !== 'in');
    if (!refusal) return;
    if (refusal.status !== 'full') throw new SessionGoneError();
    this.tellRefused(key, record);
    throw new SessionLimitError();
  }

  private tellRefused(key: string, { data, facts }: SessionRecord): void {
    const session = this.context.describe(this.names.handleOf(key), data, facts);
    this.context.events.emit('rejected', { ...session, reason: 'limit' });
  }

  /** A user that the application put into a session by itself is one that begins now. */
  private async datedFor(after: SessionRecord, fresh: readonly IndexPlace[]): Promise<SessionRecord> {
    const person = personOf(after);
    if (person === undefined || !isWithin(fresh, userPlace(person))) return after;
    return {
      ...after,
      revokedBefore: { ...after.revokedBefore, user: await this.index.revokedBefore(userPlace(person)) },
    };
  }

  /** @param known until when the index knows of it already */
  private note(record: SessionRecord, indexed: boolean, known: number): SessionRecord {
    if (!indexed) return record;
    const indexedUntil = record.expiresAt <= known ? known : entryEnd(record, this.context.options);
    return { ...record, facts: { ...record.facts, indexedUntil } };
  }
}

function isWithin(places: readonly IndexPlace[], place: IndexPlace): boolean {
  for (const one of places) if (samePlace(one, place)) return true;
  return false;
}

function without(places: readonly IndexPlace[], others: readonly IndexPlace[]): IndexPlace[] {
  const left: IndexPlace[] = [];
  for (const place of places) if (!isWithin(others, place)) left.push(place);
  return left;
}
