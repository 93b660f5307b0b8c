/** When a session ends, in words: no script runs in the page, so it cannot know the visitor's time zone. */
export interface Deadline {
  readonly iso: string;
  /** For example "in 30 minutes". */
  readonly relative: string;
  /** For example "6 March 2026 at 14:05 UTC". */
  readonly absolute: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

export function describeDeadline(at: number, now: number): Deadline {
  const left = Math.max(0, at - now);
  return { iso: new Date(at).toISOString(), relative: inWords(left), absolute: `${absolute.format(at)} UTC` };
}

function inWords(left: number): string {
  if (left < MINUTE) return 'in less than a minute';
  if (left < 90 * MINUTE) return relative.format(Math.round(left / MINUTE), 'minute');
  if (left < 36 * HOUR) return relative.format(Math.round(left / HOUR), 'hour');
  return relative.format(Math.round(left / DAY), 'day');
}
