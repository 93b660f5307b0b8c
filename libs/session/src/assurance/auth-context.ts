import type { AssuranceLevel } from '../core/session-facts.js';
import { CLOCK_SKEW } from '../core/deadlines.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionValues } from '../core/record.js';
import type { RequestState } from '../request/request-state.js';
import type { WorkingSession } from '../request/working-session.js';

/** Who uses a session, and how strongly the user has authenticated. */
export interface AuthContext {
  /** The session has no user. */
  readonly anonymous: boolean;
  /** An impersonation: the authentication is that of the actor. */
  readonly impersonated: boolean;
  readonly aal: AssuranceLevel;
  /** Milliseconds since the user last authenticated; Infinity for never. */
  readonly authAge: number;
}

/** As {@link userOf}, without a copy of the values. */
export const userIn = (working: WorkingSession): SessionUser | undefined => userOf({ user: working.value('user') });

/** The user in the values of a session. */
export const userOf = (values: Readonly<SessionValues>): SessionUser | undefined =>
  userIdOf(values) === undefined ? undefined : (values['user'] as SessionUser);

export function authContextOf(state: RequestState): AuthContext {
  const working = state.detached ? undefined : state.current();
  const { actor, suspended, ...own } = working ? working.facts : {};
  const { aal = 1, authTime } = actor ? (suspended ?? {}) : own;
  // A session that began without login() was authenticated at authenticatedAt, if that is known.
  const since = authTime ?? (actor ? undefined : working?.times.authenticatedAt) ?? -Infinity;
  const age = state.engine.options.clock.now() - since;
  return {
    anonymous: working === undefined || userIn(working) === undefined,
    impersonated: actor !== undefined,
    aal,
    // A time in the future is from a wrong clock, and is not trusted.
    authAge: age >= -CLOCK_SKEW ? age : Infinity,
  };
}
