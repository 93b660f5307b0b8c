import type { AssuranceLevel } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { copyData } from '../engine/session-json.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { parseDuration, type Duration } from '../options/duration.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { adviseOnUser } from './login-advice.js';

/**
 * What of a user is stored with a session, as it will be read from it: plain JSON.
 * @throws `SessionUsageError` if it is no user
 */
export function storableUser<User extends SessionUser>(
  what: string,
  user: User,
  { toSession }: { readonly toSession?: ResolvedSessionOptions['toSession'] },
): User {
  if (typeof user !== 'object' || user === null) throw SessionUsageError.userWithoutId(user, what);
  if (!toSession) adviseOnUser(what, user);
  const { user: stored } = copyData({ user: toSession ? toSession(user) : user });
  if (userIdOf({ user: stored }) === undefined) throw SessionUsageError.userWithoutId(stored, what);
  return stored as User;
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
