// What can be said of a figure: whether it is one, whether it reaches its target, whether it has fallen.
import type { Spread } from './statistics.ts';

/** What kind of figure it is: a tax is a small difference of two large figures, and has its noise in microseconds. */
export type Unit = 'tax' | 'share';

/** Above this share of the median, the quartiles of the processes lie too far apart to speak of a figure. */
const NOISY = 0.15;
const NOISY_TAX = 0.3;
/** Microseconds that a tax may always differ by. */
const TAX_MARGIN = 3;

/** Whether the processes differ too much to give a figure. */
export const isNoisy = ({ median, noise }: Spread, unit: Unit): boolean =>
  !(noise <= (unit === 'tax' ? Math.max(TAX_MARGIN, NOISY_TAX * median) : NOISY * median));

export interface Target {
  readonly direction: 'at most' | 'at least';
  readonly threshold: number;
  readonly unit: Unit;
}
export type Verdict = 'reached' | 'MISSED' | 'too noisy' | 'not measured';

export function verdictOf({ direction, threshold, unit }: Target, measured: Spread | undefined): Verdict {
  if (!measured) return 'not measured';
  if (isNoisy(measured, unit)) return 'too noisy';
  const reached = direction === 'at most' ? measured.median <= threshold : measured.median >= threshold;
  return reached ? 'reached' : 'MISSED';
}

/** How far a ratio may fall below its floor, which is the lowest that was recorded. */
export const TOLERANCE = 0.15;
/** Processes of each kind without which nothing is judged. */
export const FEWEST = 2;

export type Judgement =
  'ok' | 'WORSE' | 'NOT JUDGED: no floor' | 'NOT JUDGED: too few processes' | 'NOT JUDGED: too noisy';

/**
 * @param floor a ratio, higher is better
 * @param values the same, of every epoch of this run
 */
export function judge(floor: number | undefined, values: readonly number[], spread: Spread): Judgement {
  if (floor === undefined) return 'NOT JUDGED: no floor';
  if (values.length < FEWEST) return 'NOT JUDGED: too few processes';
  if (isNoisy(spread, 'share')) return 'NOT JUDGED: too noisy';
  return spread.median < floor * (1 - TOLERANCE) ? 'WORSE' : 'ok';
}
