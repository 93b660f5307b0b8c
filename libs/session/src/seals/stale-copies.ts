import type { SessionRecord } from '../core/record.js';

/**
 * Whether a change must not be undone by a copy of the seal before: it took a user's rights or the user, it tied the
 * session to one at an identity provider, or it let it live longer than the copy knows. The seals before are ended then.
 * @param endOf when the last seal of a record is over by itself
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
