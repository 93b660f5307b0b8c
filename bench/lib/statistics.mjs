// Figures of many rounds, and ratios of one.
import { baselineOf } from '../kinds.mjs';

/** @param sorted ascending */
export const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the rounds, with the smallest and the largest value beside it. */
export const spreadOf = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

/**
 * The slices of one round, by kind. Ratios are taken within a round, because what else the machine does differs from
 * one round to the next.
 */
export function roundOf(scenario, samples, index) {
  const sample = (kind) => {
    const found = samples[kind]?.[index];
    if (!found) throw new NotMeasured(kind);
    return found;
  };
  return {
    perSecond: (kind) => sample(kind).perSecond,
    cpu: (kind) => sample(kind).cpu,
    commands: (kind) => sample(kind).commands,
    /** CPU microseconds over the no-session baseline that waits as the kind does. */
    tax: (kind) => sample(kind).cpu - sample(baselineOf(kind, scenario)).cpu,
  };
}

/** The kind is not in this run. */
export class NotMeasured extends Error {}

/**
 * A figure of every round.
 * @param valueOf takes what {@link roundOf} gives
 * @returns its spread, or undefined if a kind that it needs was not measured
 */
export function overRounds(scenario, samples, valueOf) {
  const rounds = Math.max(0, ...Object.values(samples).map(({ length }) => length));
  if (rounds === 0) return undefined;
  try {
    return spreadOf(Array.from({ length: rounds }, (_, index) => valueOf(roundOf(scenario, samples, index))));
  } catch (error) {
    if (error instanceof NotMeasured) return undefined;
    throw error;
  }
}

/**
 * A figure of the best slice of each kind: whatever else a machine does only ever makes a slice worse.
 * @param valueOf takes `perSecond` and `cpu` as {@link roundOf} gives them
 * @returns undefined if a kind that it needs was not measured
 */
export function ofBest(samples, valueOf) {
  const slices = (kind) => {
    if (!samples[kind]?.length) throw new NotMeasured(kind);
    return samples[kind];
  };
  try {
    return valueOf({
      perSecond: (kind) => Math.max(...slices(kind).map(({ perSecond }) => perSecond)),
      cpu: (kind) => Math.min(...slices(kind).map(({ cpu }) => cpu)),
    });
  } catch (error) {
    if (error instanceof NotMeasured) return undefined;
    throw error;
  }
}
