import type { AssuranceLevel, SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionValues } from '../core/record.js';
import type { RequestState } from '../request/request-state.js';
import type { WorkingSession } from '../request/working-session.js';

/** Who uses a session, and how well that is known. */
export interface AuthContext {
  /** Nobody is logged in. */
  readonly anonymous: boolean;
  /** Somebody acts as the user: what is proven is about him. */
  readonly impersonated: boolean;
  readonly aal: AssuranceLevel;
  /** Milliseconds since who he is was last proven; Infinity if it never was. */
  readonly authAge: number;
}

/** Who is logged in, by the values of a session. */
export const userOf = (values: Readonly<SessionValues>): SessionUser | undefined =>
  userIdOf(values) === undefined ? undefined : (values['user'] as SessionUser);

export const factsOf = ({ times }: WorkingSession): SessionFacts => times.facts ?? {};

export function authContextOf(state: RequestState): AuthContext {
  const working = state.detached ? undefined : state.current();
  const { actor, suspended, ...own } = working ? factsOf(working) : {};
  const { aal = 1, authTime } = actor ? (suspended ?? {}) : own;
  // A session that began without login() was proven when it was authenticated, if that is known at all.
  const since = authTime ?? (actor ? undefined : working?.times.authenticatedAt) ?? -Infinity;
  return {
    anonymous: !working || userOf(working.values) === undefined,
    impersonated: actor !== undefined,
    aal,
    authAge: state.engine.options.clock.now() - since,
  };
}
