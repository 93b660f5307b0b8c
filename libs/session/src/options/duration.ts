import ms from 'ms';

/** A duration: milliseconds, or a number with a unit such as `'30m'`, `'8h'`, `'14d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd' | 'w'}`;

/** The longest delay of a timer (ms), almost 25 days: Node fires a timer with a longer one at once. */
export const MAX_TIMER = 2 ** 31 - 1;

/**
 * Milliseconds of a duration.
 * @returns undefined if it is none, or not longer than zero
 */
export function parseDuration(value: unknown): number | undefined {
  const result =
    typeof value === 'number'
      ? value
      : // Text without a unit is refused: it would mean milliseconds, which is hardly ever intended.
        typeof value === 'string' && value.length <= 40 && /[a-z]$/i.test(value)
        ? ms(value as ms.StringValue)
        : NaN;
  return Number.isFinite(result) && result > 0 ? result : undefined;
}
