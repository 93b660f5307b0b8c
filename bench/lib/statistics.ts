// Figures of many slices and processes.

/** @returns the value that this share of all lies below, between two of them where it has to be */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

const quantileOf = (values: readonly number[], share: number): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    share,
  );
export const median = (values: readonly number[]): number => quantileOf(values, 0.5);
export const lowerQuartile = (values: readonly number[]): number => quantileOf(values, 0.25);
export const upperQuartile = (values: readonly number[]): number => quantileOf(values, 0.75);

/** A figure over all processes of a kind. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How far the quartiles lie apart: one process that differs does not count. */
  readonly noise: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
  noise: upperQuartile(values) - lowerQuartile(values),
});

/** Whether two slices cost the same, so that the process is warm. */
export const agree = (one: number, other: number): boolean => Math.abs(one - other) <= 0.05 * Math.min(one, other);
