import { digest } from '../core/digest.js';
import { idleTimeoutOf } from '../core/deadlines.js';
import { idpPlacesOf } from '../core/idp-places.js';
import type { SessionRecord } from '../core/record.js';
import { userIdOf } from '../core/user-id.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { placeName, type IndexPlace } from '../stores/indexed-store.js';
import { limitOf } from './session-limit.js';

/** An entry ends later than its session by this at least, so that clocks need not agree to the millisecond. */
const MARGIN = 60_000;
/** An entry ends later by this share of the idle timeout, so that it is pushed on about as often as sessions are. */
const SHARE = 0.1;

export const handlePlace = (handle: string): IndexPlace => ({ index: 'handle', value: handle });

export const userPlace = (userId: string | number): IndexPlace => ({ index: 'user', value: String(userId) });

/** Sessions in which somebody else acts as the user. They take none of the places that he has. */
export const actedPlace = (userId: string | number): IndexPlace => ({ index: 'acted', value: String(userId) });

/** Sessions in which the user acts as somebody else. */
export const actorPlace = (userId: string | number): IndexPlace => ({ index: 'actor', value: String(userId) });

/** Where the user's own devices of one class are. */
export const classPlace = (userId: string | number, deviceClass: string): IndexPlace => ({
  index: `user.${deviceClass}`,
  value: String(userId),
});

/** Where a session stands among those of its user; undefined while nobody is logged in. */
export function ownerPlace({ data, facts }: SessionRecord): IndexPlace | undefined {
  const userId = userIdOf(data);
  if (userId === undefined) return undefined;
  return facts?.actor ? actedPlace(userId) : userPlace(userId);
}

/** Where a session is found, besides by its handle. Nowhere, for a visitor of whom nothing is declared. */
export function placesOf(record: SessionRecord, options: ResolvedSessionOptions): IndexPlace[] {
  const places = idpPlacesOf(record.facts).map((place): IndexPlace => place);
  const owner = ownerPlace(record);
  if (owner) places.push(owner);
  const userId = userIdOf(record.data);
  const { actor, deviceClass } = record.facts ?? {};
  if (actor) places.push(actorPlace(actor.id));
  else if (userId !== undefined && typeof limitOf(record, options) === 'object' && deviceClass !== undefined)
    places.push(classPlace(userId, deviceClass));
  for (const [index, valuesOf] of Object.entries(options.indexes ?? {})) {
    const given = valuesOf(record.data);
    for (const value of Array.isArray(given) ? given : [given])
      if (value !== undefined && value !== null && value !== '')
        places.push({ index: `of.${index}`, value: String(value) });
  }
  return places;
}

/** What of a record stood against a place when its session began; where nothing ever does, more than any time. */
export function epochAt(place: IndexPlace, record: SessionRecord): number {
  const began = record.authenticatedAt ?? record.createdAt;
  if (place.index === 'idp.sid') return began;
  if (place.index === 'idp.sub') return Number(record.facts?.idp?.epoch ?? began);
  const owner = ownerPlace(record);
  if (owner?.index !== place.index || owner.value !== place.value) return Number.MAX_SAFE_INTEGER;
  // Another library logged the user in, or an older release: only the time tells.
  return epochFor(place, record.epoch) ?? began;
}

/** What a record's `epoch` says of this place; undefined if it is about another one. */
export function epochFor(place: IndexPlace, epoch: string | undefined): number | undefined {
  const [number = '', tag] = epoch?.split('.') ?? [];
  return tag === tagOf(place) ? Number(number) : undefined;
}

/** What a record keeps of what stands against its place. */
export const epochText = (place: IndexPlace, epoch: number): string => `${epoch}.${tagOf(place)}`;

const tagOf = (place: IndexPlace): string => digest(placeName(place)).slice(0, 12);

/** When the entries of a session end that is written now. */
export const entryEnd = (record: SessionRecord, options: ResolvedSessionOptions): number =>
  record.expiresAt + Math.max(MARGIN, SHARE * Math.min(idleTimeoutOf(record, options), Number.MAX_SAFE_INTEGER));

export const samePlace = (one: IndexPlace, other: IndexPlace): boolean =>
  one.index === other.index && one.value === other.value;
