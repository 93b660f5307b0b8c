/** Why the least generation was raised: rotation by age, authentication (login, elevation), or a request of the caller. */
export type RaisedBy = 'age' | 'proof' | 'asked';

/** What a revocation store keeps for the name of a sealed session. */
export interface RevocationEntry {
  /** The lowest valid generation of the session's seals; Infinity if none is valid. */
  readonly least: number;
  readonly by: RaisedBy;
  /** Milliseconds since the epoch: until when the generation before `least` is accepted. After a rotation by age only. */
  readonly graceUntil?: number;
  /** Why the session is over, as one word such as `signed-out`. Absent while it is not. */
  readonly over?: string;
  /** Milliseconds since the epoch: when the entry was written. */
  readonly at: number;
}

/** The format version that this release writes. */
const FORMAT = 1;

/** Used where a newer release has written an entry that this one cannot read: the session is over. */
export const UNREADABLE: RevocationEntry = Object.freeze({ least: Infinity, by: 'asked', over: 'unknown', at: 0 });

/**
 * The entry after a raise: the one with the larger `least`, or the first of equal ones. `over` is never lost.
 * @returns `was` itself if the raise changes nothing
 */
export function raiseEntry(
  was: RevocationEntry | undefined,
  { least: given, by, graceUntil, over }: Omit<RevocationEntry, 'at'>,
  at: number,
): RevocationEntry {
  const least = over === undefined ? given : Infinity;
  const ends = over !== undefined && was?.over === undefined;
  if (was && least <= was.least) return ends ? { ...was, over } : was;
  const kept = was?.over ?? over;
  return { least, by, ...(graceUntil !== undefined && { graceUntil }), ...(kept !== undefined && { over: kept }), at };
}

const ENTRY = new RegExp(`^${FORMAT} (\\*|\\d+) (age|proof|asked) (-|\\d+) (-|[a-z][a-z-]*) (\\d+)(?: |$)`);
const REVOKED_BEFORE = new RegExp(`^${FORMAT} (\\d+)$`);

/** An entry as text: format, least, by, graceUntil, over, at. `*` is Infinity, `-` is absent. */
export const encodeEntry = ({ least, by, graceUntil, over, at }: RevocationEntry): string =>
  [FORMAT, whole(least), by, graceUntil === undefined ? '-' : whole(graceUntil), over ?? '-', whole(at)].join(' ');

/** Reads the text of {@link encodeEntry}. Anything after it, separated by a space, is ignored. */
export function decodeEntry(text: string): RevocationEntry {
  const [, least, by, graceUntil, over, at] = ENTRY.exec(text) ?? [];
  if (least === undefined || !isRaisedBy(by)) return UNREADABLE;
  return {
    least: least === '*' ? Infinity : Number(least),
    by,
    ...(graceUntil !== '-' && { graceUntil: Number(graceUntil) }),
    ...(over !== undefined && over !== '-' && { over }),
    at: Number(at),
  };
}

/** `revokedBefore` of a user as text: format, time. */
export const encodeRevokedBefore = (time: number): string => `${FORMAT} ${whole(time)}`;

/** Reads the text of {@link encodeRevokedBefore}; Infinity if another release wrote it. */
export function decodeRevokedBefore(text: string): number {
  const time = REVOKED_BEFORE.exec(text)?.[1];
  return time === undefined ? Infinity : Number(time);
}

const isRaisedBy = (text: string | undefined): text is RaisedBy =>
  text === 'age' || text === 'proof' || text === 'asked';

/** An integer without exponent. Anything else counts as infinite, so that the session is refused. */
const whole = (value: number): string =>
  value >= 0 && value <= Number.MAX_SAFE_INTEGER ? String(Math.ceil(value)) : '*';
