// Whether a target is reached, and whether a ratio has become worse than it was recorded.

/** How far a ratio may fall below its recorded value. Machines of a CI are noisy. */
export const TOLERANCE = 0.15;

/**
 * @param measured the spread of the target's value, or undefined if this run did not measure it
 * @returns true or false, or undefined if it was not measured
 */
export function isReached({ direction, threshold }, measured) {
  if (measured === undefined) return undefined;
  return direction === 'at most' ? measured.median <= threshold : measured.median >= threshold;
}

/**
 * @param recorded ratios by name, higher is better
 * @param measured the same, of this run
 * @returns what has fallen too far. A ratio that only one of both knows is no fall.
 */
export const fallen = (recorded, measured) =>
  Object.keys(recorded).filter((name) => name in measured && measured[name] < recorded[name] * (1 - TOLERANCE));
