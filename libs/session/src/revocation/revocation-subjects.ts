import { idpKeysOf, type IdpKey } from '../core/idp-keys.js';
import type { RevokedBefore, SessionRecord } from '../core/record.js';
import { userIdOf } from '../core/user-id.js';

/** Where all sessions of a user can be ended, as the revocation store is asked about it. */
export interface RevocationSubject {
  /** What the store is asked about. */
  readonly user: string;
  /** What the session carries against that; undefined if only its beginning tells. */
  readonly carried: number | undefined;
}

/** What stands against a user, by what the store is asked about. */
export type RevokedBeforeOf = (user: string) => number;

/** What the store is asked about a subject or a session at an identity provider. No id of a user begins like this. */
export const idpUser = ({ index, value }: IdpKey): string => `\0${index}:${value}`;

/** Where a session can be ended besides by its name: by its user, the one who acts as that user, and the identity provider. */
export function revocationSubjectsOf(record: SessionRecord): RevocationSubject[] {
  const { facts, revokedBefore = {} } = record;
  const [person, acted] = peopleOf(record);
  return [
    ...(person === undefined ? [] : [{ user: person, carried: revokedBefore.user }]),
    ...(acted === undefined ? [] : [{ user: acted, carried: revokedBefore.acted }]),
    ...idpKeysOf(facts).map((key) => ({
      user: idpUser(key),
      carried: key.index === 'idp.sub' ? facts?.idp?.revokedBefore : undefined,
    })),
  ];
}

/** Whether a session began before what stands against one of its places. */
export const isBehind = (record: SessionRecord, revokedBeforeOf: RevokedBeforeOf): boolean =>
  revocationSubjectsOf(record).some(({ user, carried }) => {
    const revokedBefore = revokedBeforeOf(user);
    // Another library logged the user in, or the provider names the session: only the time tells.
    return revokedBefore === Infinity || (revokedBefore > 0 && (carried ?? beganAt(record) - 1) < revokedBefore);
  });

/**
 * The record with what it has to carry: a user who came into it without a login begins with what stands today.
 * @param before the record that this one changes; undefined for a new session
 */
export function carrying(
  record: SessionRecord,
  before: SessionRecord | undefined,
  revokedBeforeOf: RevokedBeforeOf,
): SessionRecord {
  const [person, acted] = peopleOf(record);
  const [personBefore] = before ? peopleOf(before) : [person];
  const { user, acted: against } = record.revokedBefore ?? {};
  const carried: RevokedBefore = {
    ...(person !== undefined && {
      user: person === personBefore ? (user ?? revokedBeforeOf(person)) : revokedBeforeOf(person),
    }),
    ...(acted !== undefined && { acted: against ?? revokedBeforeOf(acted) }),
  };
  const { revokedBefore: _, ...rest } = record;
  return Object.keys(carried).length === 0 ? rest : { ...rest, revokedBefore: carried };
}

/** The user who is signed in, and the one that this user acts as. */
function peopleOf({ data, facts }: SessionRecord): [person: string | undefined, acted: string | undefined] {
  const shown = textOf(userIdOf(data));
  return facts?.actor ? [textOf(facts.actor.id), shown] : [shown, undefined];
}

const textOf = (id: string | number | undefined): string | undefined => (id === undefined ? undefined : String(id));

const beganAt = ({ authenticatedAt, createdAt }: SessionRecord): number => authenticatedAt ?? createdAt;
