import { parseDuration } from './duration.js';
import type { Report } from './report.js';

/** Half an hour, in milliseconds. */
export const DEFAULT_IDLE = 30 * 60_000;
const DEFAULT_ABSOLUTE = 8 * 3_600_000;

/** Milliseconds of an absolute timeout; Infinity for never. */
export function resolveAbsoluteTimeout(report: Report, given: unknown): number {
  if (given === false) return Infinity;
  return checkedDuration(report, 'absoluteTimeout', given) ?? DEFAULT_ABSOLUTE;
}

/** Milliseconds of a duration, undefined if none was given or what was given is none, which is reported. */
export function checkedDuration(report: Report, path: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const parsed = parseDuration(value);
  if (parsed === undefined) {
    const got = typeof value === 'string' || typeof value === 'number' ? `is ${JSON.stringify(value)} and ` : '';
    report(path, `${got}must be a duration longer than zero: '30m', '8h', or a number of milliseconds.`);
  }
  return parsed;
}

/** Reports a timeout that another one would cut off. All in milliseconds. */
export function checkTimeouts(report: Report, idle: number, absolute: number, maxAge: number | null): void {
  if (Math.max(idle, maxAge ?? 0) <= absolute) return;
  report(
    maxAge !== null && maxAge > absolute ? 'cookie.maxAge' : 'idleTimeout',
    `is longer than absoluteTimeout (${absolute} ms), which would cut it off. Raise absoluteTimeout, or log in ` +
      'with { remember } where a user asks to stay signed in.',
  );
}
