import { parseDuration } from '../options/duration.js';

/**
 * Milliseconds of a `staleness` option, which may also be 0, unlike other durations.
 * @returns undefined if it is none
 */
export const parseStaleness = (value: unknown): number | undefined => (value === 0 ? 0 : parseDuration(value));

/** What is wrong with a value that {@link parseStaleness} refuses, and the fix. */
export const STALENESS_PROBLEM = "must be a duration such as '10s' or 10_000 (milliseconds), or 0 to ask every time.";
