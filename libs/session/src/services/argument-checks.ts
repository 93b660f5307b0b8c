import type { AssuranceLevel } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { parseDuration, type Duration } from '../options/duration.js';

/** @throws `SessionUsageError` if it is no user */
export function requireUser(user: SessionUser, what: string): void {
  if (userIdOf({ user }) === undefined) throw SessionUsageError.userWithoutId(user, what);
}

/** Milliseconds. @throws `SessionUsageError` if it is no duration */
export function requireDuration(name: string, value: Duration): number {
  const length = parseDuration(value);
  if (length === undefined) throw SessionUsageError.badDuration(name, value);
  return length;
}

/** @throws `SessionUsageError` if it is no assurance level */
export function requireAal(what: string, aal: unknown): asserts aal is AssuranceLevel {
  if (aal !== 1 && aal !== 2 && aal !== 3) throw SessionUsageError.aal(what, aal);
}
