import { SessionUsageError } from '../errors/session-usage.error.js';
import { parseDuration, type Duration } from './duration.js';
import { TIMEOUT_PRESETS, type TimeoutPreset, type TimeoutPresetName } from './presets.js';
import type { Report } from './report.js';
import type { ResolvedDeadlines, SessionModuleOptions, TimeoutsOf } from './session-options.js';
import { checkedDuration, checkTimeouts, resolveAbsoluteTimeout } from './timeouts.js';

const DEFAULT_IDLE = 30 * 60_000;
const DEFAULT_GRACE = 10_000;
/** A replaced secret is remembered for a minute: no grace is longer, and no secret is rotated earlier. */
const MINUTE = 60_000;

/** When sessions and their secrets end. @param maxAge of the cookie, null for one that ends with the browser */
export function resolveDeadlines(
  report: Report,
  options: SessionModuleOptions,
  maxAge: number | null,
): ResolvedDeadlines {
  const preset = presetOf(report, options.preset);
  const idleGiven =
    options.idleTimeout === Infinity ? Infinity : checkedDuration(report, 'idleTimeout', options.idleTimeout);
  const idleTimeout = idleGiven ?? maxAge ?? preset?.idle ?? DEFAULT_IDLE;
  const absoluteTimeout =
    options.absoluteTimeout === undefined && preset
      ? preset.absolute
      : resolveAbsoluteTimeout(report, options.absoluteTimeout);

  if (preset)
    checkPreset(report, String(options.preset), preset, { idle: idleGiven ?? maxAge, absolute: absoluteTimeout });
  // A preset without an idle timeout has no limit to check.
  if (idleGiven !== undefined || maxAge !== null || !preset)
    checkTimeouts(report, idleTimeout, absoluteTimeout, maxAge);
  if (maxAge !== null && options.idleTimeout !== undefined && idleTimeout !== maxAge) {
    report(
      'idleTimeout',
      'differs from cookie.maxAge, which is the idle timeout of a cookie that the browser keeps. Give one of them.',
    );
  }
  const rotateAfter = rotationOf(report, options.rotateAfter, absoluteTimeout);
  return {
    idleTimeout,
    absoluteTimeout,
    preset: preset && options.preset,
    ...(rotateAfter !== undefined && { rotateAfter }),
    rotationGrace: graceOf(report, options.rotationGrace),
    ...(options.timeouts !== undefined && { timeouts: timeoutsOf(report, options.timeouts, preset) }),
  };
}

function presetOf(report: Report, name: unknown): TimeoutPreset | undefined {
  if (name === undefined) return undefined;
  if (typeof name === 'string' && Object.hasOwn(TIMEOUT_PRESETS, name))
    return TIMEOUT_PRESETS[name as TimeoutPresetName];
  report('preset', `must be one of ${Object.keys(TIMEOUT_PRESETS).join(', ')}.`);
  return undefined;
}

function checkPreset(
  report: Report,
  name: string,
  preset: TimeoutPreset,
  given: { idle: number | null; absolute: number },
): void {
  const looser = (path: string, limit: number): void =>
    report(path, `is longer than the ${limit} ms of preset '${name}'. Shorten it, or remove the preset.`);
  if (given.idle !== null && given.idle > preset.idle) looser('idleTimeout', preset.idle);
  if (given.absolute > preset.absolute) looser('absoluteTimeout', preset.absolute);
}

function rotationOf(report: Report, given: unknown, absoluteTimeout: number): number | undefined {
  if (given === undefined || given === false) return undefined;
  const age = checkedDuration(report, 'rotateAfter', given);
  if (age === undefined) return undefined;
  if (age < MINUTE) report('rotateAfter', 'must not be shorter than a minute: late requests still carry the old id.');
  if (age >= absoluteTimeout)
    report('rotateAfter', `never happens: every session ends after ${absoluteTimeout} ms, by absoluteTimeout.`);
  return age;
}

/** How long (ms) a secret is accepted after a rotation by age. */
export function graceOf(report: Report, given: unknown): number {
  if (given === 0 || given === '0s') return 0;
  const grace = checkedDuration(report, 'rotationGrace', given) ?? DEFAULT_GRACE;
  if (grace > MINUTE)
    report('rotationGrace', 'must not be longer than a minute: for that long two ids open one session.');
  return grace;
}

function timeoutsOf(
  report: Report,
  given: unknown,
  preset: TimeoutPreset | undefined,
): NonNullable<ResolvedDeadlines['timeouts']> {
  if (typeof given !== 'function') {
    report('timeouts', 'must be a function of the user that returns { idle, absolute }, or nothing.');
    return () => ({});
  }
  const of = given as TimeoutsOf;
  return (user) => {
    const { idle, absolute } = of(user) ?? {};
    return {
      ...(idle !== undefined && { idle: Math.min(milliseconds('timeouts().idle', idle), preset?.idle ?? Infinity) }),
      ...(absolute !== undefined && {
        absolute: Math.min(milliseconds('timeouts().absolute', absolute), preset?.absolute ?? Infinity),
      }),
    };
  };
}

/** @throws `SessionUsageError` if it is no duration */
export function milliseconds(name: string, value: Duration | undefined): number {
  const parsed = parseDuration(value);
  if (parsed === undefined) throw SessionUsageError.badDuration(name, value);
  return parsed;
}
