import { idpKeysOf, type IdpKey } from '../core/idp-keys.js';
import type { RevokedBefore, SessionRecord } from '../core/record.js';
import { actedOf, personOf, type UserKeyOf } from '../core/user-key.js';

/** A user, or a subject at an identity provider, whose sessions can all be revoked. */
export interface RevocationSubject {
  /** The key in the revocation store. */
  readonly user: string;
  /** The `revokedBefore` that the session carries; undefined if the time of its login decides. */
  readonly carried: number | undefined;
}

/** Returns `revokedBefore` for a key of the revocation store. */
export type RevokedBeforeOf = (user: string) => number;

/** The key of a subject or a session at an identity provider. No user id begins like this. */
export const idpUser = ({ index, value }: IdpKey): string => `\0${index}:${value}`;

/** All subjects by which a session can be revoked: its user, the actor, and those of the identity provider. */
export function revocationSubjectsOf(record: SessionRecord, keyOf?: UserKeyOf): RevocationSubject[] {
  const { facts, revokedBefore = {} } = record;
  const [person, acted] = [personOf(record, keyOf), actedOf(record, keyOf)];
  return [
    ...(person === undefined ? [] : [{ user: person, carried: revokedBefore.user }]),
    ...(acted === undefined ? [] : [{ user: acted, carried: revokedBefore.acted }]),
    ...idpKeysOf(facts).map((key) => ({
      user: idpUser(key),
      carried: key.index === 'idp.sub' ? facts?.idp?.revokedBefore : undefined,
    })),
  ];
}

/** Whether a session began before the last revocation of one of its subjects. */
export const isBehind = (record: SessionRecord, revokedBeforeOf: RevokedBeforeOf, keyOf?: UserKeyOf): boolean =>
  revocationSubjectsOf(record, keyOf).some(({ user, carried }) => {
    const revokedBefore = revokedBeforeOf(user);
    // Another library logged the user in, or the provider names the session: the time of the login decides.
    return revokedBefore === Infinity || (revokedBefore > 0 && (carried ?? beganAt(record) - 1) < revokedBefore);
  });

/**
 * The record with the revocation times that it has to carry: those of a user who was set without a login are the current
 * ones.
 * @param before the record that this one changes; undefined for a new session
 */
export function carrying(
  record: SessionRecord,
  before: SessionRecord | undefined,
  revokedBeforeOf: RevokedBeforeOf,
  keyOf?: UserKeyOf,
): SessionRecord {
  const [person, acted] = [personOf(record, keyOf), actedOf(record, keyOf)];
  const personBefore = before ? personOf(before, keyOf) : person;
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

const beganAt = ({ authenticatedAt, createdAt }: SessionRecord): number => authenticatedAt ?? createdAt;
