/** A time in words. No script runs in the page, so it cannot know the visitor's time zone. */
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

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

export const describeMoment = (at: number): Moment => ({
  iso: new Date(at).toISOString(),
  text: `${absolute.format(at)} UTC`,
});

export const describeDeadline = (at: number, now: number): Deadline => ({
  ...describeMoment(at),
  relative: inWords(at - now),
});

function inWords(left: number): string {
  if (left < MINUTE) return 'in less than a minute';
  if (left < 90 * MINUTE) return relative.format(Math.round(left / MINUTE), 'minute');
  if (left < 36 * HOUR) return relative.format(Math.round(left / HOUR), 'hour');
  return relative.format(Math.round(left / DAY), 'day');
}
