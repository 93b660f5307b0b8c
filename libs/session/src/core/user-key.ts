import type { SessionRecord, SessionValues } from './record.js';
import type { SessionUser } from './session-user.js';
import { userIdOf } from './user-id.js';

/** What a user is found by, told apart from all others by it alone. */
export type UserKeyOf = (user: SessionUser) => string;

/** What the user in a session's data is found by, if there is one: by default the id, as a text. */
export function userKeyIn(data: Readonly<SessionValues> | undefined, keyOf: UserKeyOf | undefined): string | undefined {
  const id = userIdOf(data);
  if (id === undefined) return undefined;
  return keyOf ? keyOf(data?.['user'] as SessionUser) : String(id);
}

/** The person that is signed in, also while they act as another user. */
export function personOf(
  { data, facts }: Pick<SessionRecord, 'data' | 'facts'>,
  keyOf: UserKeyOf | undefined,
): string | undefined {
  if (!facts?.actor) return userKeyIn(data, keyOf);
  return keyOf ? userKeyIn(facts.suspended?.values, keyOf) : String(facts.actor.id);
}

/** The user that another one acts as. */
export const actedOf = ({ data, facts }: SessionRecord, keyOf: UserKeyOf | undefined): string | undefined =>
  facts?.actor ? userKeyIn(data, keyOf) : undefined;
