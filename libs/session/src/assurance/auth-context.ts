import type { AssuranceLevel } from '../core/session-facts.js';
import { CLOCK_SKEW } from '../core/deadlines.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionValues } from '../core/record.js';
import type { RequestState } from '../request/request-state.js';
import type { WorkingSession } from '../request/working-session.js';

/** Who uses a session, and how well that is known. */
export interface AuthContext {
  /** Nobody is logged in. */
  readonly anonymous: boolean;
  /** Another user acts as the user: what is proven is about the one who acts. */
  readonly impersonated: boolean;
  readonly aal: AssuranceLevel;
  /** Milliseconds since the user last proved their identity; Infinity if they never did. */
  readonly authAge: number;
}

/** As {@link userOf}, without a copy of the values. */
export const userIn = (working: WorkingSession): SessionUser | undefined => userOf({ user: working.value('user') });

/** The user who is signed in, by the values of a session. */
export const userOf = (values: Readonly<SessionValues>): SessionUser | undefined =>
  userIdOf(values) === undefined ? undefined : (values['user'] as SessionUser);

export function authContextOf(state: RequestState): AuthContext {
  const working = state.detached ? undefined : state.current();
  const { actor, suspended, ...own } = working ? working.facts : {};
  const { aal = 1, authTime } = actor ? (suspended ?? {}) : own;
  // A session that began without login() was proven when it was authenticated, if that is known at all.
  const since = authTime ?? (actor ? undefined : working?.times.authenticatedAt) ?? -Infinity;
  const age = state.engine.options.clock.now() - since;
  return {
    anonymous: working === undefined || userIn(working) === undefined,
    impersonated: actor !== undefined,
    aal,
    // A proof from the future was made by a clock that is not to be trusted.
    authAge: age >= -CLOCK_SKEW ? age : Infinity,
  };
}
