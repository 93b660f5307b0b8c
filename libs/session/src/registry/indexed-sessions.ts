import type { SessionRecord, SessionValues } from '../core/record.js';
import type { StoredSession } from '../stores/session-store.js';
import { LONGEST_ENTRY, type IndexedMember, type IndexPlace } from '../stores/indexed-store.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { ListedSession, SessionDirectory } from '../engine/session-directory.js';
import type { IndexedSession, IndexingContext } from './index-sweeper.js';
import { dataJson, parseData } from '../engine/session-json.js';
import type { IndexMaintainer } from './index-maintainer.js';
import { actedPlace, actorPlace, epochText, handlePlace, ownerPlace, samePlace, userPlace } from './index-keys.js';

/** What the engine does for its directory. Both follow a session to the key that it has now. */
export interface DirectoryEngine {
  /** Ends a session and removes it from the index. @returns what it was, undefined if it was gone already */
  end(key: string): Promise<StoredSession | undefined>;
  /** Changes a record by a function that runs again until nobody came in between. @returns undefined if it is gone */
  change(session: IndexedSession, make: (record: SessionRecord) => SessionRecord): Promise<StoredSession | undefined>;
}

/** Finds sessions, ends and changes them from outside. */
export class IndexedSessions implements SessionDirectory {
  constructor(
    private readonly context: IndexingContext,
    private readonly indexing: IndexMaintainer,
    private readonly engine: DirectoryEngine,
  ) {}

  /** All sessions of a user, those in which somebody else acts as him included. */
  async ofUser(userId: string | number): Promise<ListedSession[]> {
    return (await this.lookUser(userId)).map((session) => this.listed(session));
  }

  /** All sessions of a place. */
  async at(place: IndexPlace): Promise<ListedSession[]> {
    return (await this.indexing.reader.look(place)).map((session) => this.listed(session));
  }

  /** @returns what it was; undefined if there is none by this handle, or not any more */
  async end(handle: string): Promise<SessionRecord | undefined> {
    const [member] = await this.members(handlePlace(handle));
    return member && (await this.engine.end(member.key))?.record;
  }

  /**
   * Ends all sessions of a user, also those that are about to begin or to get another id.
   * @param except the handle of the one that goes on
   * @returns how many
   */
  async endUser(userId: string | number, except?: string): Promise<number> {
    const places = [userPlace(userId), actedPlace(userId), actorPlace(userId)];
    const [now, ...stood] = [this.context.options.clock.now(), ...(await this.epochs(places))];
    const epoch = Math.max(now, ...stood.map((one) => one + 1));
    const kept = except === undefined ? undefined : await this.keep(except, places, epoch);
    return this.endAll(places, epoch, kept);
  }

  /** Ends all sessions of a place, as {@link endUser}. */
  async endPlace(place: IndexPlace): Promise<number> {
    const [stood = 0] = await this.epochs([place]);
    return this.endAll([place], Math.max(this.context.options.clock.now(), stood + 1), undefined);
  }

  /**
   * Changes the values of a session. The function runs again if somebody came in between.
   * @returns how many sessions were changed
   */
  async update(
    of: string | { readonly userId: string | number },
    change: (values: SessionValues) => unknown,
  ): Promise<number> {
    const sessions =
      typeof of === 'string' ? await this.indexing.reader.look(handlePlace(of)) : await this.lookUser(of.userId);
    const changed = await Promise.all(
      sessions.map((session) =>
        this.engine.change(session, (record) => ({ ...record, data: applied(change, record.data) })),
      ),
    );
    return changed.filter((stored) => stored !== undefined).length;
  }

  private async endAll(places: readonly IndexPlace[], epoch: number, kept: string | undefined): Promise<number> {
    const until = this.context.options.clock.now() + LONGEST_ENTRY;
    const members = await Promise.all(
      places.map((place) => this.ask(() => this.context.store.index.advance(place, epoch, until))),
    );
    const ended = await Promise.all(
      members.flatMap((found, n) =>
        found.map(async (member) => {
          if (member.key === kept) return 0;
          const last = await this.engine.end(member.key);
          // Its record names its places; an entry without one names only this.
          const place = places[n];
          if (!last && place) await this.ask(() => this.context.store.index.leave(place, member));
          return last ? 1 : 0;
        }),
      ),
    );
    return ended.reduce<number>((sum, one) => sum + one, 0);
  }

  /** Lets nothing that is about to stand against a user stand against one session of his. @returns its key */
  private async keep(handle: string, places: readonly IndexPlace[], epoch: number): Promise<string | undefined> {
    const [session] = await this.indexing.reader.look(handlePlace(handle));
    if (!session) return undefined;
    await this.engine.change(session, (record) => {
      const owner = ownerPlace(record);
      const among = owner && places.some((place) => samePlace(place, owner));
      return owner && among ? { ...record, epoch: epochText(owner, epoch) } : record;
    });
    return session.key;
  }

  private async lookUser(userId: string | number): Promise<IndexedSession[]> {
    const found = await Promise.all(
      [userPlace(userId), actedPlace(userId)].map((place) => this.indexing.reader.look(place)),
    );
    return found.flat();
  }

  private epochs(places: readonly IndexPlace[]): Promise<number[]> {
    return Promise.all(places.map((place) => this.indexing.epochOf(place)));
  }

  private members(place: IndexPlace): Promise<readonly IndexedMember[]> {
    return this.ask(() => this.context.store.index.members(place));
  }

  private listed({ key, stored }: IndexedSession): ListedSession {
    return { handle: this.context.handleOf(key), record: stored.record };
  }

  private ask<T>(call: () => Promise<T>): Promise<T> {
    return this.context.ask('index', call);
  }
}

function applied(change: (values: SessionValues) => unknown, before: SessionValues): SessionValues {
  const values = structuredClone(before);
  const answer = change(values);
  if (answer instanceof Promise) {
    answer.catch(() => undefined);
    throw SessionUsageError.asyncUpdate();
  }
  return parseData(dataJson(values));
}
