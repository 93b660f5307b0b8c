import type { AssuranceLevel } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { SessionImpersonationError, SignInRequiredError } from '../errors/access.errors.js';
import type { RequestState } from '../request/request-state.js';
import { describe, rotate } from '../request/rotate.js';
import { factsOf, userOf } from './auth-context.js';
import { versionFact } from './auth-version.js';

/** A new id, deadlines that start anew, and the user proven now: both timers, as NIST SP 800-63B-4, section 5.2, asks for. */
export async function reauthenticate(state: RequestState, aal?: AssuranceLevel): Promise<void> {
  const what = 'reauthenticate()';
  const version = await versionFact(state.engine, requireOwnUser(state, what));
  const now = state.engine.options.clock.now();
  const fresh = await rotate(state, {
    what,
    reason: 'reauthenticated',
    next: (values, old) => ({
      values,
      times: {
        ...old.times,
        authenticatedAt: now,
        facts: { ...factsOf(old), ...version, ...(aal !== undefined && { aal }), authTime: now },
      },
    }),
  });
  state.engine.events.emit('reauthenticated', describe(state, fresh));
}

/** A new id and a higher level of assurance. What was proven before is as old as it was, and so are the deadlines. */
export async function elevate(state: RequestState, aal: AssuranceLevel): Promise<void> {
  const what = 'elevate()';
  requireOwnUser(state, what);
  const fresh = await rotate(state, {
    what,
    reason: 'elevated',
    next: (values, old) => ({ values, times: { ...old.times, facts: { ...factsOf(old), aal } } }),
  });
  state.engine.events.emit('elevated', { ...describe(state, fresh), aal });
}

/** @throws unless the user of the session is logged in, and himself there */
export function requireOwnUser(state: RequestState, what: string): SessionUser {
  const working = state.current();
  const user = userOf(working.values);
  if (user === undefined) throw new SignInRequiredError();
  if (factsOf(working).actor) throw SessionImpersonationError.noProof(what);
  return user;
}
