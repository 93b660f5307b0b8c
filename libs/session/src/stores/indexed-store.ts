import { digest } from '../core/digest.js';

/** One value of one index: all sessions of a user, of a tenant, the session of a handle. */
export interface IndexPlace {
  /** Name of the index: a letter, then letters, digits, `-` and `.`. */
  readonly index: string;
  /** Any text. */
  readonly value: string;
}

/** How a session is entered in a place: by what of it never changes. Times in milliseconds since the epoch. */
export interface IndexMember {
  /** Its key in the store. */
  readonly key: string;
  /** When it was created: the oldest makes room first. */
  readonly createdAt: number;
}

/** A member, and what the store knows of it besides. */
export interface IndexedMember extends IndexMember {
  /** It makes room for another one: its record is to be deleted, and then the entry. */
  readonly leaving: boolean;
}

/** On what terms a session is entered. */
export interface IndexTerms {
  /** When the entry ends by itself; it is pushed on and never taken back. Infinity for never. */
  readonly until: number;
  /** What stood against the place when the session began: {@link SessionIndex.revokedBefore}. 0 for nothing. */
  readonly revokedBefore: number;
  /** How many sessions the place has room for. @default Infinity */
  readonly limit?: number | undefined;
  /** If it is full: `'make-room'` lets the oldest leave, `'refuse'` enters nothing. @default 'refuse' */
  readonly whenFull?: 'make-room' | 'refuse' | undefined;
}

/** What came of entering a session. */
export type Entered =
  /** It is in. `leaving` are those that make room, also those that somebody else did not come to delete. */
  | { readonly status: 'in'; readonly leaving: readonly IndexMember[] }
  /** Nothing was entered: as many as there is room for are in. */
  | { readonly status: 'full' }
  /** Nothing was entered: all sessions of the place were ended since this one began, or it has made room for another. */
  | { readonly status: 'over'; readonly reason: 'ended' | 'leaving' };

/**
 * Finds sessions by something else than their key. It keeps no copy of them: an entry says where to look, and the
 * record says what is true, so an entry without its record is removed by whoever finds it. Entries carry no id of a
 * session where keys are hashed.
 *
 * - Every method is atomic for its place, between all processes that share the store. It need not be together with the
 *   record, which may lie on another server.
 * - Methods reject only when the store is out of order.
 * - What has passed its `until` counts for nothing, and the store forgets it in time.
 */
export interface SessionIndex {
  /** What stands against the place: a session that began before is over. 0 for nothing. */
  revokedBefore(place: IndexPlace): Promise<number>;

  /** Enters a session whose record is there already, or enters it again. Whoever is refused deletes his record himself. */
  enter(place: IndexPlace, member: IndexMember, terms: IndexTerms): Promise<Entered>;

  /**
   * Pushes the end of an entry on, and enters nothing.
   * @returns `'absent'` if it is not there, `'over'` as {@link enter}
   */
  prolong(
    place: IndexPlace,
    member: IndexMember,
    terms: Pick<IndexTerms, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'>;

  /** Removes an entry, if it is there. */
  leave(place: IndexPlace, member: IndexMember): Promise<void>;

  /** Who is in, the oldest first. */
  members(place: IndexPlace): Promise<readonly IndexedMember[]>;

  /**
   * Lets a time stand against the place, unless a later one does already, and remembers it `until` then at least. Entries
   * stay: their records are to be ended first.
   * @param time milliseconds since the epoch
   * @returns who is in, as {@link members}
   */
  revokeBefore(place: IndexPlace, time: number, until: number): Promise<readonly IndexedMember[]>;
}

/**
 * The ability of a store to find sessions by their user, their handle and whatever else is declared. Implement it beside
 * `SessionStore` for another database, and run the contract suite over it.
 */
export interface IndexedStore {
  readonly index: SessionIndex;
}

const METHODS = [
  'revokedBefore',
  'enter',
  'prolong',
  'leave',
  'members',
  'revokeBefore',
] satisfies (keyof SessionIndex)[];

/** Whether a store has an {@link IndexedStore.index}. */
export const isIndexed = (store: object): store is IndexedStore => {
  const index: unknown = 'index' in store ? store.index : undefined;
  return (
    typeof index === 'object' &&
    index !== null &&
    METHODS.every((method) => method in index && typeof index[method as keyof typeof index] === 'function')
  );
};

/** A name for a place, of bounded length and of letters that every store takes: the value is hashed. */
export const placeName = ({ index, value }: IndexPlace): string => `${index}:${digest(value)}`;

/** The longest that an entry is kept: no browser keeps a cookie for longer (RFC 6265bis, section 5.5). */
export const LONGEST_ENTRY = 400 * 86_400_000;
