import { idleTimeoutOf } from '../core/deadlines.js';
import { idpPlacesOf } from '../core/idp-places.js';
import type { RevokedBefore, SessionRecord, SessionValues } from '../core/record.js';
import { userIdOf } from '../core/user-id.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { IndexPlace } from '../stores/indexed-store.js';
import { limitOf } from './session-limit.js';

/** An entry ends later than its session by this at least, so that clocks need not agree to the millisecond. */
const MIN_MARGIN = 60_000;
/** An entry ends later by this share of the idle timeout, so that it is pushed on about as often as sessions are. */
const MARGIN_SHARE = 0.1;

/** The session of a handle, where that is not its key. */
export const handlePlace = (handle: string): IndexPlace => ({ index: 'handle', value: handle });

/** The sessions that a user is signed in to, also those in which this user acts as another one. */
export const userPlace = (userId: string | number): IndexPlace => ({ index: 'user', value: String(userId) });

/** Sessions in which another user acts as this one. They count for no limit of this user. */
export const actedPlace = (userId: string | number): IndexPlace => ({ index: 'acted', value: String(userId) });

/** Where the user's devices of one class are. */
export const classPlace = (userId: string | number, deviceClass: string): IndexPlace => ({
  index: `user.${deviceClass}`,
  value: String(userId),
});

/** The values of the person that is signed in, also while they act as another user. */
export const personValues = ({ data, facts }: SessionRecord): Readonly<SessionValues> =>
  facts?.actor ? (facts.suspended?.values ?? {}) : data;

/** The person that is signed in; undefined while nobody is. */
export const personOf = (record: SessionRecord): string | number | undefined =>
  record.facts?.actor ? record.facts.actor.id : userIdOf(record.data);

/** Where a session is found, besides by its name. Nowhere, for a visitor of whom nothing is declared. */
export function placesOf(record: SessionRecord, options: ResolvedSessionOptions): IndexPlace[] {
  const { actor, deviceClass, idp } = record.facts ?? {};
  const places: IndexPlace[] = idp ? [...idpPlacesOf(record.facts)] : [];
  const person = personOf(record);
  if (person !== undefined) {
    places.push(userPlace(person));
    if (
      deviceClass !== undefined &&
      options.maxSessionsPerUser !== undefined &&
      typeof limitOf(record, options) === 'object'
    )
      places.push(classPlace(person, deviceClass));
  }
  const acted = actor && userIdOf(record.data);
  if (acted !== undefined) places.push(actedPlace(acted));
  for (const [index, valuesOf] of Object.entries(options.indexes ?? {})) {
    const given = valuesOf(record.data);
    for (const value of Array.isArray(given) ? given : [given])
      if (value !== undefined && value !== null && value !== '')
        places.push({ index: `of.${index}`, value: String(value) });
  }
  return places;
}

/** What of a record stood against a place when it was entered there; where nothing ever does, more than any time. */
export function revokedBeforeAt({ index }: IndexPlace, record: SessionRecord): number {
  const began = record.authenticatedAt ?? record.createdAt;
  if (index === 'idp.sid') return began;
  if (index === 'idp.sub') return record.facts?.idp?.revokedBefore ?? began;
  // Another library logged the user in: only the time tells.
  if (index === 'user') return record.revokedBefore?.user ?? began;
  if (index === 'acted') return record.revokedBefore?.acted ?? began;
  return Number.MAX_SAFE_INTEGER;
}

/** The later of both at each place: what stands against a place only grows. */
export function latestOf(one: RevokedBefore = {}, other: RevokedBefore = {}): RevokedBefore {
  const user = latest(one.user, other.user);
  const acted = latest(one.acted, other.acted);
  return { ...(user !== undefined && { user }), ...(acted !== undefined && { acted }) };
}

/** Whether more stands in one of them than in the other, at any place. */
export const isLater = (one: RevokedBefore = {}, other: RevokedBefore = {}): boolean =>
  (one.user ?? 0) > (other.user ?? 0) || (one.acted ?? 0) > (other.acted ?? 0);

const latest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

/** When the entries of a session end that is written now. */
export const entryEnd = (record: SessionRecord, options: ResolvedSessionOptions): number =>
  record.expiresAt +
  Math.max(MIN_MARGIN, MARGIN_SHARE * Math.min(idleTimeoutOf(record, options), Number.MAX_SAFE_INTEGER));

export const samePlace = (one: IndexPlace, other: IndexPlace): boolean =>
  one.index === other.index && one.value === other.value;
