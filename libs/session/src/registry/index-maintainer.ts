import type { SessionRecord } from '../core/record.js';
import { SessionGoneError, SessionLimitError } from '../errors/session-state.errors.js';
import type { Entered, IndexMember, IndexPlace } from '../stores/indexed-store.js';
import { IndexSweeper, memberOf, type IndexingContext } from './index-sweeper.js';
import { limitAt } from './session-limit.js';
import { entryEnd, epochAt, epochFor, epochText, handlePlace, ownerPlace, placesOf, samePlace } from './index-keys.js';

/** In which places a session is no longer, is new, and goes on. */
interface PlaceChanges {
  readonly gone: readonly IndexPlace[];
  readonly fresh: readonly IndexPlace[];
  readonly same: readonly IndexPlace[];
}

/** What a change of a record means for the index. */
export interface IndexChange extends PlaceChanges {
  /** What to store, with what the index needs to know of it. */
  readonly record: SessionRecord;
  /** Its entries have to be pushed on. */
  readonly due: boolean;
}

/**
 * Keeps the index of a store in step with its records. Records are written first and entered then, so whoever dies in
 * between leaves a session that nobody has, or one that is entered when it is next renewed; and deleted first and
 * removed then, so whoever dies in between leaves an entry that the next one to look removes.
 */
export class IndexMaintainer {
  readonly reader: IndexSweeper;

  constructor(private readonly context: IndexingContext) {
    this.reader = new IndexSweeper(context);
  }

  /** What stands against a place, for a session that begins now. */
  epochOf(place: IndexPlace): Promise<number> {
    return this.reader.ask(({ index }) => index.epochOf(place));
  }

  /** Whether a session is found by anything. */
  isIndexed(record: SessionRecord): boolean {
    return placesOf(record, this.context.options).length > 0;
  }

  /**
   * The record of a new session, with what the index needs to know of it.
   * @param before the session whose place it takes
   */
  async begin(record: SessionRecord, before?: SessionRecord): Promise<SessionRecord> {
    const epoch = await this.epochAfter(before, record);
    return this.noted(epoch === undefined ? record : { ...record, epoch }, this.isIndexed(record), 0);
  }

  /**
   * Enters a session that was just stored.
   * @param before the session whose place it takes: it was deleted and is still entered
   * @throws `SessionLimitError`, or `SessionGoneError` if its user's sessions were ended since it began; it is
   * deleted again then, as it is when the store fails
   */
  async enter(key: string, record: SessionRecord, before?: { key: string; record: SessionRecord }): Promise<void> {
    const { options } = this.context;
    const places = this.reader.allPlaces(key, record);
    const earlier = before ? placesOf(before.record, options) : [];
    const replaces = (place: IndexPlace) =>
      before && earlier.some((other) => samePlace(place, other)) ? memberOf(before.key, before.record) : undefined;
    let entered: readonly Entered[];
    try {
      entered = await Promise.all(places.map((place) => this.enterAt(place, key, record, replaces(place))));
    } catch (error) {
      await this.drop(key, record).catch(() => undefined);
      throw error;
    }
    const refusal = entered.find(({ status }) => status !== 'in');
    if (before) await this.reader.leaveAll(before.key, before.record, refusal ? [] : places);
    if (!refusal) return;
    await this.drop(key, record);
    if (refusal.status !== 'full') throw new SessionGoneError();
    this.context.refused(key, record);
    throw new SessionLimitError();
  }

  /** Throws what {@link enter} would throw of a new session for which there is no room. @param before see there */
  async requireRoom(key: string, record: SessionRecord, before?: string): Promise<void> {
    const { options } = this.context;
    if (options.whenFull !== 'reject') return;
    for (const place of placesOf(record, options)) {
      const limit = limitAt(place, record, options) ?? Infinity;
      if (limit === Infinity) continue;
      const members = await this.reader.ask(({ index }) => index.members(place));
      if (members.length < limit || members.some((member) => member.key === before)) continue;
      if ((await this.reader.look(place, true)).length < limit) continue;
      this.context.refused(key, record);
      throw new SessionLimitError();
    }
  }

  /** What a record that replaces another one of the same session means for the index. */
  async change(before: SessionRecord, after: SessionRecord): Promise<IndexChange> {
    const { epoch: _, ...rest } = after;
    const epoch = await this.epochAfter(before, after);
    const moves = this.difference(before, after);
    const { gone, fresh, same } = moves;
    const known = before.facts?.indexedUntil ?? 0;
    const noted = this.noted(
      epoch === undefined ? rest : { ...after, epoch },
      fresh.length + same.length > 0,
      gone.length + fresh.length > 0 ? 0 : known,
    );
    return { ...moves, record: noted, due: noted.facts?.indexedUntil !== before.facts?.indexedUntil };
  }

  /**
   * Follows a change that was saved.
   * @returns false if the session is over: it is deleted then
   * @throws `SessionLimitError` if it got a user for whom there is no room
   */
  async follow(key: string, { record: after, gone, fresh, same, due }: IndexChange): Promise<boolean> {
    const was = gone.length + same.length > 0;
    const is = fresh.length + same.length > 0;
    if (gone.length + fresh.length === 0 && !(due && is)) return true;
    const member = memberOf(key, after);
    const handle = handlePlace(this.context.handleOf(key));
    const leaving = is ? gone : [handle, ...gone];
    const entering = was ? fresh : [handle, ...fresh];
    const staying = due && was && is ? [handle, ...same] : [];
    const [entered, prolonged] = await Promise.all([
      Promise.all(entering.map((place) => this.enterAt(place, key, after))),
      Promise.all(staying.map((place) => this.prolong(place, key, after))),
      Promise.all(leaving.map((place) => this.reader.leaveAt(place, member))),
    ]);
    if (prolonged.every(Boolean) && entered.every(({ status }) => status === 'in')) return true;
    await this.drop(key, after);
    if (!entered.some(({ status }) => status === 'full')) return false;
    this.context.refused(key, after);
    throw new SessionLimitError();
  }

  /** Lets a session go by another key from now on. @returns false if it is over: it is deleted then */
  async move(from: string, to: string, record: SessionRecord): Promise<boolean> {
    if (!this.isIndexed(record)) return true;
    const replaces = memberOf(from, record);
    const into = memberOf(to, record);
    const until = entryEnd(record, this.context.options);
    const entered = await Promise.all(
      this.reader
        .allPlaces(to, record)
        .map((place) =>
          this.reader.ask(({ index }) => index.enter(place, into, { until, epoch: epochAt(place, record), replaces })),
        ),
    );
    if (entered.every(({ status }) => status === 'in')) return true;
    await this.drop(to, record);
    return false;
  }

  private async enterAt(
    place: IndexPlace,
    key: string,
    record: SessionRecord,
    replaces?: IndexMember,
  ): Promise<Entered> {
    const { options } = this.context;
    const limit = limitAt(place, record, options);
    const terms = { until: entryEnd(record, options), epoch: epochAt(place, record), limit, replaces };
    const member = memberOf(key, record);
    let entered = await this.reader.ask(({ index }) => index.enter(place, member, terms));
    if (entered.status === 'full') {
      // Of those that are in, some may be no more.
      await this.reader.look(place, true);
      const whenFull = options.whenFull === 'reject' ? 'refuse' : 'make-room';
      entered = await this.reader.ask(({ index }) => index.enter(place, member, { ...terms, whenFull }));
    }
    if (entered.status === 'in') await Promise.all(entered.leaving.map((other) => this.reader.evict(place, other)));
    return entered;
  }

  /** @returns false if the session is over */
  private async prolong(place: IndexPlace, key: string, record: SessionRecord): Promise<boolean> {
    const terms = { until: entryEnd(record, this.context.options), epoch: epochAt(place, record) };
    const member = memberOf(key, record);
    const status = await this.reader.ask(({ index }) => index.prolong(place, member, terms));
    if (status !== 'absent') return status === 'in';
    // It is older than the index, or the process that stored it died. Nobody is refused for that.
    return (await this.reader.ask(({ index }) => index.enter(place, member, terms))).status === 'in';
  }

  private async drop(key: string, record: SessionRecord): Promise<void> {
    await this.reader.ask((store) => store.delete(key));
    await this.reader.leaveAll(key, record);
  }

  private async epochAfter(before: SessionRecord | undefined, after: SessionRecord): Promise<string | undefined> {
    const owner = ownerPlace(after);
    if (!owner) return after.epoch;
    const earlier = before && ownerPlace(before);
    const same = earlier !== undefined && samePlace(earlier, owner);
    if (same && before?.epoch === after.epoch) return after.epoch;
    const known = [before, after].map((record) => epochFor(owner, record?.epoch) ?? -1);
    const latest = Math.max(...known);
    if (latest >= 0) return epochText(owner, latest);
    return same ? undefined : epochText(owner, await this.epochOf(owner));
  }

  /** @param known until when the index knows of it already */
  private noted(record: SessionRecord, indexed: boolean, known: number): SessionRecord {
    if (!indexed) return record;
    const indexedUntil = record.expiresAt <= known ? known : entryEnd(record, this.context.options);
    return { ...record, facts: { ...record.facts, indexedUntil } };
  }

  private difference(before: SessionRecord, after: SessionRecord): PlaceChanges {
    const { options } = this.context;
    const [one, other] = [placesOf(before, options), placesOf(after, options)];
    return {
      gone: one.filter((place) => !isWithin(other)(place)),
      fresh: other.filter((place) => !isWithin(one)(place)),
      same: other.filter(isWithin(one)),
    };
  }
}

const isWithin = (places: readonly IndexPlace[]) => (place: IndexPlace) => places.some((one) => samePlace(one, place));
