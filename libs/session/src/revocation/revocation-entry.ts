/** What raised the least generation: a renewal by age, a proof (login, elevation), or a caller that asked for it. */
export type RaisedBy = 'age' | 'proof' | 'asked';

/** What stands against a sealed session, by its name. */
export interface RevocationEntry {
  /** The least generation of the session's seals that is good; Infinity if none is. */
  readonly least: number;
  readonly by: RaisedBy;
  /** Milliseconds since the epoch: until when the generation before `least` still reads. After a renewal by age only. */
  readonly graceUntil?: number;
  /** Why the session is over, as one word such as `signed-out`. Absent while it is not. */
  readonly over?: string;
  /** Milliseconds since the epoch: when the entry became what it is. */
  readonly at: number;
}

/** The format of what is written here. */
const FORMAT = 1;

/** What stands where a newer release has written something that this one cannot read. */
export const UNREADABLE: RevocationEntry = Object.freeze({ least: Infinity, by: 'asked', over: 'unknown', at: 0 });

/**
 * The entry that stands after a raise: the larger `least` with what came with it, the first of equal ones. `over` is
 * never lost.
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

/** Reads what {@link encodeEntry} wrote. What else may stand behind it, after a space, is not looked at. */
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

/** What stands against a user as text: format, time. */
export const encodeRevokedBefore = (time: number): string => `${FORMAT} ${whole(time)}`;

/** Reads what {@link encodeRevokedBefore} wrote; Infinity if another release wrote it. */
export function decodeRevokedBefore(text: string): number {
  const time = REVOKED_BEFORE.exec(text)?.[1];
  return time === undefined ? Infinity : Number(time);
}

const isRaisedBy = (text: string | undefined): text is RaisedBy =>
  text === 'age' || text === 'proof' || text === 'asked';

/** Whole and without an exponent. What is no such number is as large as can be: it refuses. */
const whole = (value: number): string =>
  value >= 0 && value <= Number.MAX_SAFE_INTEGER ? String(Math.ceil(value)) : '*';
