/** A time in words, made on the server, which cannot know the visitor's time zone. */
export interface Moment {
  readonly iso: string;
  /** For example "6 March 2026 at 14:05 UTC". */
  readonly text: string;
}

/** When a session ends. */
export interface Deadline extends Moment {
  /** For example "in 30 minutes". */
  readonly relative: string;
}

/** A time that has passed. */
export interface Past extends Moment {
  /** For example "5 minutes ago". */
  readonly ago: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

export const describeMoment = (at: number): Moment => ({
  iso: new Date(at).toISOString(),
  text: `${absolute.format(at)} UTC`,
});

/** For what is near: "14:05 UTC". */
export const describeClockTime = (at: number): Moment => ({
  iso: new Date(at).toISOString(),
  text: `${clock.format(at)} UTC`,
});

export const describeDeadline = (at: number, now: number): Deadline => ({
  ...describeMoment(at),
  relative: inWords(at - now),
});

export const describePast = (at: number, now: number): Past => ({
  ...describeMoment(at),
  ago: now - at < MINUTE ? 'just now' : inUnits(at - now),
});

const inWords = (left: number): string => (left < MINUTE ? 'in less than a minute' : inUnits(left));

function inUnits(difference: number): string {
  const length = Math.abs(difference);
  if (length < 90 * MINUTE) return relative.format(Math.round(difference / MINUTE), 'minute');
  if (length < 36 * HOUR) return relative.format(Math.round(difference / HOUR), 'hour');
  return relative.format(Math.round(difference / DAY), 'day');
}
