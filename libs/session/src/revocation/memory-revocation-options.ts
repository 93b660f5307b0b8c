import { systemClock, type Clock } from '../core/clock.js';
import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';

/** Options of {@link memoryRevocation}. */
export interface MemoryRevocationOptions {
  /**
   * How many ended sessions and users are remembered at most. A further one is refused until one of them expires.
   * @default 100_000
   */
  maxEntries?: number;
  /**
   * Lets an application with `NODE_ENV=production` start. Ended sessions are valid again after a restart, and they
   * stay valid in every other process.
   * @default false
   */
  allowInProduction?: boolean;
  /** @default the machine's clock */
  clock?: Clock;
}

const KNOWN = ['maxEntries', 'allowInProduction', 'clock'];

/**
 * Checks everything and fills in defaults.
 * @throws `SessionConfigError` with every problem at once
 */
export function resolveMemoryRevocationOptions(given: MemoryRevocationOptions): Required<MemoryRevocationOptions> {
  const options: Readonly<Record<string, unknown>> = { ...given };
  const problems: ConfigProblem[] = [];
  const refuse = (option: string, problem: string): void =>
    void problems.push({ path: `memoryRevocation.${option}`, problem });

  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) refuse(key, `no such option. Known: ${KNOWN.join(', ')}.`);
  }
  const { maxEntries = 100_000, allowInProduction = false, clock = systemClock } = given;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    refuse('maxEntries', 'must be a positive integer. Leave it out for 100000.');
  }
  if (typeof allowInProduction !== 'boolean') refuse('allowInProduction', 'must be true or false.');
  if (typeof clock?.now !== 'function') refuse('clock', 'lacks now(). Leave it out for the clock of the machine.');

  if (problems.length > 0) throw new SessionConfigError(problems, 'memoryRevocation()');
  return { maxEntries, allowInProduction, clock };
}
