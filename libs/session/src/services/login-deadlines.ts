import type { AskedDeadlines } from '../request/session-deadlines.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { milliseconds } from '../options/deadline-options.js';
import type { Duration } from '../options/duration.js';
import { TIMEOUT_PRESETS } from '../options/presets.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';

/** The options of `login()` about deadlines. */
interface DeadlineOptions {
  readonly remember?: Duration | { readonly idle: Duration; readonly absolute: Duration } | undefined;
  readonly idleTimeout?: Duration | undefined;
  readonly absoluteTimeout?: Duration | undefined;
}

/**
 * The deadlines that a login asks for, checked.
 * @throws `SessionUsageError` if one is no duration, or they contradict each other or the preset
 */
export function askedDeadlines(
  given: DeadlineOptions,
  { preset: name }: Pick<ResolvedSessionOptions, 'preset'>,
): AskedDeadlines {
  const { remember, idleTimeout, absoluteTimeout } = given;
  if (remember !== undefined && (idleTimeout ?? absoluteTimeout) !== undefined)
    throw SessionUsageError.timeouts('remember sets both. Write { remember: { idle, absolute } } instead.');
  const both = typeof remember === 'object' ? remember : { idle: remember, absolute: remember };
  const path = typeof remember === 'object' ? 'remember.' : '';
  const asked =
    remember === undefined
      ? {
          ...(idleTimeout !== undefined && { idle: milliseconds('idleTimeout', idleTimeout) }),
          ...(absoluteTimeout !== undefined && { absolute: milliseconds('absoluteTimeout', absoluteTimeout) }),
        }
      : {
          idle: milliseconds(path ? `${path}idle` : 'remember', both.idle),
          absolute: milliseconds(path ? `${path}absolute` : 'remember', both.absolute),
          persistent: true,
        };
  const { idle = 0, absolute = 0 } = asked;
  if (asked.absolute !== undefined && idle > absolute)
    throw SessionUsageError.timeouts('the idle timeout is longer than the absolute one, which would cut it off.');
  const preset = name && TIMEOUT_PRESETS[name];
  if (preset && (idle > preset.idle || absolute > preset.absolute))
    throw SessionUsageError.timeouts(
      `preset '${name}' allows ${preset.idle} ms idle and ${preset.absolute} ms in all. Shorten them, or remove the preset.`,
    );
  return asked;
}
