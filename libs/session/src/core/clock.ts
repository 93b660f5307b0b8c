/** Where the current time comes from. Tests inject their own; everything else uses {@link systemClock}. */
export interface Clock {
  /** The current time in milliseconds since the epoch. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };
