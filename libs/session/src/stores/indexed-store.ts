import { digest } from '../core/digest.js';

/** One value of one index: the sessions of a user, the sessions of a tenant, the session of a handle. */
export interface IndexKey {
  /** Name of the index: a letter, then letters, digits, `-` and `.`. */
  readonly index: string;
  /** Any text. */
  readonly value: string;
}

/** A session as an index knows it: what never changes about it. Times in milliseconds since the epoch. */
export interface IndexMember {
  /** Its key in the store. */
  readonly key: string;
  /** When it was created: the oldest session is evicted first. */
  readonly createdAt: number;
}

/** A member, and what the index adds to it. */
export interface IndexedMember extends IndexMember {
  /** It was evicted by another session: its record is to be deleted first, its entry afterwards. */
  readonly evicting: boolean;
}

/** The conditions under which an entry is added. */
export interface EntryOptions {
  /** When the entry expires. It is only ever moved to a later time. Infinity for never. */
  readonly until: number;
  /** {@link SessionIndex.revokedBefore} of the index key when the session began. 0 for none. */
  readonly revokedBefore: number;
  /** How many sessions the index key may have. @default Infinity */
  readonly limit?: number | undefined;
  /** What happens at the limit: `'evict'` evicts the oldest sessions, `'refuse'` adds nothing. @default 'refuse' */
  readonly whenFull?: 'evict' | 'refuse' | undefined;
}

/** The result of {@link SessionIndex.add}. */
export type AddResult =
  /** Added. `evicting` are all members that are evicted, also earlier ones whose records were never deleted. */
  | { readonly status: 'in'; readonly evicting: readonly IndexMember[] }
  /** Not added: the limit is reached. */
  | { readonly status: 'full' }
  /** Not added: all sessions of the index key were revoked after this one began, or this one was evicted. */
  | { readonly status: 'over'; readonly reason: 'ended' | 'evicting' };

/**
 * Finds sessions by something other than their key. It keeps no copies: an entry says where to look, the record says
 * what is true, and an entry without a record is removed when it is found. Entries hold no session id where keys are
 * hashed.
 *
 * - Every method is atomic for its index key, across all processes that share the store. It need not be atomic together
 *   with the record, which may be on another server.
 * - Methods reject only during an outage of the store.
 * - An entry past its `until` does not count, and the store deletes it in time.
 */
export interface SessionIndex {
  /** The time of the last revocation of all sessions of an index key: older sessions are over. 0 for none. */
  revokedBefore(indexKey: IndexKey): Promise<number>;

  /** Adds a session whose record exists, or adds it again. If it is not added, the caller deletes its record. */
  add(indexKey: IndexKey, member: IndexMember, options: EntryOptions): Promise<AddResult>;

  /**
   * Moves the end of an entry to a later time. Never adds one.
   * @returns `'absent'` if there is no entry, `'over'` as in {@link add}
   */
  extend(
    indexKey: IndexKey,
    member: IndexMember,
    options: Pick<EntryOptions, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'>;

  /** Removes an entry, if there is one. */
  remove(indexKey: IndexKey, member: IndexMember): Promise<void>;

  /** The members of an index key, the oldest first. */
  members(indexKey: IndexKey): Promise<readonly IndexedMember[]>;

  /**
   * Sets the time that {@link revokedBefore} returns, unless a later one is set, and keeps it until `until` at least.
   * Entries stay, because their records have to be ended first.
   * @param time milliseconds since the epoch
   * @returns the members, as {@link members} does
   */
  revokeBefore(indexKey: IndexKey, time: number, until: number): Promise<readonly IndexedMember[]>;
}

/**
 * A store that can find sessions by their user, their handle and any declared value. Implement it beside `SessionStore`
 * for another database, and run the contract suite over it.
 */
export interface IndexedStore {
  readonly index: SessionIndex;
}

const METHODS = [
  'revokedBefore',
  'add',
  'extend',
  'remove',
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

/** The name of an index key in a store. The value is hashed: names have a bounded length and plain characters. */
export const indexKeyName = ({ index, value }: IndexKey): string => `${index}:${digest(value)}`;

/** How long an entry is kept at most (ms): no browser keeps a cookie for longer (RFC 6265bis, section 5.5). */
export const MAX_ENTRY_LIFETIME = 400 * 86_400_000;
