import { idleTimeoutOf } from '../core/deadlines.js';
import { idpKeysOf } from '../core/idp-keys.js';
import type { RevokedBefore, SessionRecord, SessionValues } from '../core/record.js';
import { actedOf, personOf } from '../core/user-key.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { IndexKey } from '../stores/indexed-store.js';
import { limitOf } from './session-limit.js';

/** An entry outlives its session by at least this (ms), because clocks of several machines differ. */
const MIN_MARGIN = 60_000;
/** An entry outlives its session by this share of the idle timeout, so that it is extended about as often as sessions. */
const MARGIN_SHARE = 0.1;

/** The session of a handle, where the handle is not the key. */
export const handleKeyOf = (handle: string): IndexKey => ({ index: 'handle', value: handle });

/** The sessions that a user is logged in to, including those in which the user acts as another one. */
export const userKeyOf = (userId: string | number): IndexKey => ({ index: 'user', value: String(userId) });

/** Sessions in which another user acts as this one. They count for no limit of this user. */
export const actedKeyOf = (userId: string | number): IndexKey => ({ index: 'acted', value: String(userId) });

/** The sessions of a user on devices of one class. */
export const deviceClassKeyOf = (userId: string | number, deviceClass: string): IndexKey => ({
  index: `user.${deviceClass}`,
  value: String(userId),
});

/** The values of the person who is logged in, also while they act as another user. */
export const personValues = ({ data, facts }: SessionRecord): Readonly<SessionValues> =>
  facts?.actor ? (facts.suspended?.values ?? {}) : data;

/** The index keys under which a session is found, besides its name. None for an anonymous session without declared indexes. */
export function indexKeysOf(record: SessionRecord, options: ResolvedSessionOptions): IndexKey[] {
  const { deviceClass, idp } = record.facts ?? {};
  const indexKeys: IndexKey[] = idp ? [...idpKeysOf(record.facts)] : [];
  const person = personOf(record, options.userKey);
  if (person !== undefined) {
    indexKeys.push(userKeyOf(person));
    if (
      deviceClass !== undefined &&
      options.maxSessionsPerUser !== undefined &&
      typeof limitOf(record, options) === 'object'
    )
      indexKeys.push(deviceClassKeyOf(person, deviceClass));
  }
  const acted = actedOf(record, options.userKey);
  if (acted !== undefined) indexKeys.push(actedKeyOf(acted));
  for (const [index, valuesOf] of Object.entries(options.indexes ?? {})) {
    const given = valuesOf(record.data);
    for (const value of Array.isArray(given) ? given : [given])
      if (value !== undefined && value !== null && value !== '')
        indexKeys.push({ index: `of.${index}`, value: String(value) });
  }
  return indexKeys;
}

/** The revocation time of an index key that a record carries; larger than any time where nothing is ever revoked. */
export function revokedBeforeAt({ index }: IndexKey, record: SessionRecord): number {
  const began = record.authenticatedAt ?? record.createdAt;
  if (index === 'idp.sid') return began;
  if (index === 'idp.sub') return record.facts?.idp?.revokedBefore ?? began;
  // Absent where another library logged the user in: then the time of the login decides.
  if (index === 'user') return record.revokedBefore?.user ?? began;
  if (index === 'acted') return record.revokedBefore?.acted ?? began;
  return Number.MAX_SAFE_INTEGER;
}

/** The later time of each: revocation times only grow. */
export function latestOf(one: RevokedBefore = {}, other: RevokedBefore = {}): RevokedBefore {
  const user = latest(one.user, other.user);
  const acted = latest(one.acted, other.acted);
  return { ...(user !== undefined && { user }), ...(acted !== undefined && { acted }) };
}

/** Whether any time of the first is later than that of the second. */
export const isLater = (one: RevokedBefore = {}, other: RevokedBefore = {}): boolean =>
  (one.user ?? 0) > (other.user ?? 0) || (one.acted ?? 0) > (other.acted ?? 0);

const latest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

/** When the index entries of a session expire that is written now. */
export const entryEnd = (record: SessionRecord, options: ResolvedSessionOptions): number =>
  record.expiresAt +
  Math.max(MIN_MARGIN, MARGIN_SHARE * Math.min(idleTimeoutOf(record, options), Number.MAX_SAFE_INTEGER));

export const isSameIndexKey = (one: IndexKey, other: IndexKey): boolean =>
  one.index === other.index && one.value === other.value;
