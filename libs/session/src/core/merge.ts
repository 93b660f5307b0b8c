import type { SessionValues } from './record.js';

/**
 * Decides the value of a key that two requests changed at the same time.
 * @param key the top-level key of the session
 * @param base its value when both requests began; undefined if it did not exist
 * @param mine the value of the request that saves now; undefined if it deleted the key
 * @param theirs the value that is in the store; undefined if it was deleted
 * @returns the value to keep; undefined deletes the key
 */
export type ConflictResolver = (key: string, base: unknown, mine: unknown, theirs: unknown) => unknown;

/** The last writer wins. */
export const lastWriterWins: ConflictResolver = (_key, _base, mine) => mine;

/** The result of a merge. */
export interface MergeResult {
  readonly data: SessionValues;
  /** Keys that both sides changed. */
  readonly conflicts: readonly string[];
}

/** The user and the user's rights: what another request or an administrator has stored wins. */
const OWNED_BY_STORE = 'user';

/**
 * Three-way merge of sessions by top-level key. Values are never merged inside: an array or object is one value.
 * A key that both sides changed goes to the resolver even when both wrote the same value, or two `n: 0 -> 1` would
 * count once.
 */
export function mergeSessions(
  base: SessionValues,
  mine: SessionValues,
  theirs: SessionValues,
  resolve: ConflictResolver = lastWriterWins,
): MergeResult {
  if (theirs === base) return { data: mine, conflicts: [] };
  const data: SessionValues = {};
  const conflicts: string[] = [];
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine), ...Object.keys(base)])) {
    const inBase = own(base, key);
    const inMine = own(mine, key);
    const inTheirs = own(theirs, key);
    const mineChanged = !same(inBase, inMine);
    const theirsChanged = !same(inBase, inTheirs);
    let value = mineChanged ? inMine : inTheirs;
    if (mineChanged && theirsChanged) {
      conflicts.push(key);
      // A slower request must not bring back rights that were just taken away.
      value = key === OWNED_BY_STORE ? inTheirs : resolve(key, inBase, inMine, inTheirs);
    }
    if (value !== undefined) data[key] = value;
  }
  return { data, conflicts };
}

const own = (values: SessionValues, key: string): unknown => (Object.hasOwn(values, key) ? values[key] : undefined);

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
