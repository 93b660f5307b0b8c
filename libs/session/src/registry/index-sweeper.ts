import { isExpired } from '../core/deadlines.js';
import type { SessionRecord } from '../core/record.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { IndexedMember, IndexedStore, IndexMember, IndexPlace } from '../stores/indexed-store.js';
import { readFresh, type SessionStore, type StoredSession } from '../stores/session-store.js';
import { markOf, successorOf } from '../engine/tombstones.js';
import { entryEnd, epochAt, handlePlace, placesOf, samePlace } from './index-keys.js';

/** What is appended to the key of a session that is over, for what is left under it. */
export const ROTATED = '.rotated';

/** What the index stands on. */
export interface IndexingContext {
  readonly options: ResolvedSessionOptions;
  readonly store: SessionStore & IndexedStore;
  /** Asks the store, and reports what is out of order. */
  ask<T>(operation: string, call: () => Promise<T>): Promise<T>;
  /** The public name of the session under a key. */
  handleOf(key: string): string;
  /** Is told of a session that made room for another one, and is over. */
  evicted(key: string, record: SessionRecord): void;
  /** Is told of a session that was refused because there is no room. */
  refused(key: string, record: SessionRecord): void;
}

/** A session that was found by something else than its key. */
export interface IndexedSession {
  readonly key: string;
  readonly stored: StoredSession;
}

/** Sessions that are read at once. */
const BATCH = 100;
/** Looks up who is in the index, and tidies what it finds. */
export class IndexSweeper {
  constructor(private readonly context: IndexingContext) {}

  /**
   * Who is in a place and alive, the oldest first. Entries of those that are not are removed.
   * @param sparing leaves those in that are about to be taken over by a session under a new id
   */
  async look(place: IndexPlace, sparing = false): Promise<IndexedSession[]> {
    const members = await this.ask(({ index }) => index.members(place));
    const found: IndexedSession[] = [];
    for (let from = 0; from < members.length; from += BATCH) {
      const batch = members.slice(from, from + BATCH);
      for (const one of await Promise.all(batch.map((member) => this.lookAt(place, member, sparing))))
        if (one) found.push(one);
    }
    return found;
  }

  private async lookAt(
    place: IndexPlace,
    member: IndexedMember,
    sparing: boolean,
  ): Promise<IndexedSession | undefined> {
    if (member.leaving) {
      await this.evict(place, member);
      return undefined;
    }
    const { key } = member;
    const stored = await this.ask((store) => readFresh(store, key));
    const successor = successorOf(stored);
    if (successor !== undefined) {
      // Its process died before it could move the entry, or is about to.
      const moved = await this.ask((store) => readFresh(store, successor));
      const { createdAt } = member;
      if (moved && this.stands(place, moved)) {
        const terms = { until: entryEnd(moved.record, this.context.options), epoch: epochAt(place, moved.record) };
        const into = { key: successor, createdAt };
        await this.ask(({ index }) => index.enter(place, into, { ...terms, replaces: member }));
        return { key: successor, stored: moved };
      }
    }
    if (stored && this.stands(place, stored)) return { key, stored };
    // Whoever logs in deletes the session before, and then takes its place.
    const mark = sparing && !stored ? await this.ask((store) => readFresh(store, key + ROTATED)) : undefined;
    if (!mark || mark.record.facts?.ended !== undefined) await this.leaveAt(place, member);
    return undefined;
  }

  /** Deletes a session that made room for another one, and leaves word for its device. */
  async evict(place: IndexPlace, member: IndexMember): Promise<void> {
    const { store, options } = this.context;
    const keys = [member.key];
    let last = await this.ask(() => store.delete(member.key));
    for (let next = successorOf(last); next !== undefined; next = successorOf(last)) {
      keys.push(next);
      const key = next;
      last = await this.ask(() => store.delete(key));
    }
    if (last) {
      const { record } = last;
      const word = {
        ...markOf(options.clock.now()),
        facts: { ended: 'evicted' as const },
        expiresAt: record.expiresAt,
      };
      await Promise.allSettled(keys.map((key) => this.ask(() => store.create(key + ROTATED, word))));
      const key = keys.at(-1) ?? member.key;
      this.context.evicted(key, record);
      await this.leaveAll(key, record, [place]);
    }
    // Last, so that somebody else goes on with it if this process dies.
    await this.leaveAt(place, member);
  }

  /** Whether a record is alive, and belongs where it was found. */
  private stands(place: IndexPlace, { record }: StoredSession): boolean {
    const { options } = this.context;
    if (successorOf({ record, version: '' }) !== undefined) return false;
    if (isExpired(record, options, options.clock.now())) return false;
    return place.index === 'handle' || placesOf(record, options).some((other) => samePlace(place, other));
  }

  /**
   * Removes the entries of a session that was deleted. What is left behind here is removed by whoever finds it.
   * @param except places where another one stands in its stead already
   */
  async leaveAll(key: string, record: SessionRecord, except: readonly IndexPlace[] = []): Promise<void> {
    const places = this.allPlaces(key, record).filter((place) => !except.some((other) => samePlace(place, other)));
    const member = memberOf(key, record);
    await Promise.allSettled(places.map((place) => this.leaveAt(place, member)));
  }

  /** Where a session is entered; nowhere if it is found by nothing but its id. */
  allPlaces(key: string, record: SessionRecord): IndexPlace[] {
    const places = placesOf(record, this.context.options);
    return places.length === 0 ? [] : [handlePlace(this.context.handleOf(key)), ...places];
  }

  leaveAt(place: IndexPlace, member: IndexMember): Promise<void> {
    return this.ask(({ index }) => index.leave(place, member));
  }

  ask<T>(call: (store: SessionStore & IndexedStore) => Promise<T>): Promise<T> {
    return this.context.ask('index', () => call(this.context.store));
  }
}

/** What of a session the index goes by. */
export const memberOf = (key: string, { createdAt }: SessionRecord): IndexMember => ({ key, createdAt });
