import type { SessionRecord } from '../core/record.js';

/**
 * Whether a copy of the previous seal must not undo a change: one that took away rights or the user, bound the session to
 * one at an identity provider, or extended it beyond the entry of the copy. The earlier seals are ended then.
 * @param endOf when the last seal of a record expires
 */
export function outlivesCopies(
  before: SessionRecord,
  made: SessionRecord,
  endOf: (record: SessionRecord) => number,
): boolean {
  const { user } = before.data;
  if (user !== undefined && differs(user, made.data['user'])) return true;
  if (made.facts?.idp && differs(before.facts?.idp, made.facts.idp)) return true;
  return endOf(made) > endOf(before);
}

const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
