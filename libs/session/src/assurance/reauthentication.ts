import type { AssuranceLevel } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { SessionImpersonationError, SignInRequiredError } from '../errors/access.errors.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { rotate } from '../request/rotate.js';
import type { RequestState } from '../request/request-state.js';
import { userIn } from './auth-context.js';
import { versionFact } from './auth-version.js';

/**
 * Rotates the secret, starts both deadlines again (NIST SP 800-63B-4, section 5.2), and sets the auth time to now.
 */
export async function reauthenticate(state: RequestState, aal?: AssuranceLevel): Promise<void> {
  const what = 'reauthenticate()';
  const version = await versionFact(state.engine, requireOwnUser(state, what));
  const now = state.engine.options.clock.now();
  const fresh = await rotate(state, {
    what,
    reason: 'reauthenticated',
    by: 'proof',
    proves: aal ?? state.current().facts.aal ?? 1,
    next: (theirs) => ({
      ...theirs,
      authenticatedAt: now,
      facts: { ...theirs.facts, ...version, ...(aal !== undefined && { aal }), authTime: now },
    }),
  });
  state.engine.events.emit('reauthenticated', state.describe(fresh));
}

/**
 * Rotates the secret and raises the assurance level. Auth time and deadlines stay.
 * @throws `SessionUsageError` for a level below the session's
 */
export async function elevate(state: RequestState, aal: AssuranceLevel): Promise<void> {
  const what = 'elevate()';
  requireOwnUser(state, what);
  const current = state.current().facts.aal ?? 1;
  if (aal < current) throw SessionUsageError.lowerAal(aal, current);
  const fresh = await rotate(state, {
    what,
    reason: 'elevated',
    by: 'proof',
    proves: aal,
    // Of two concurrent requests, the higher level is kept.
    next: (theirs) => ({ ...theirs, facts: { ...theirs.facts, aal: higher(aal, theirs.facts?.aal) } }),
  });
  state.engine.events.emit('elevated', { ...state.describe(fresh), aal });
}

/** @throws without a user, and during an impersonation */
export function requireOwnUser(state: RequestState, what: string): SessionUser {
  const working = state.current();
  const user = userIn(working);
  if (user === undefined) throw new SignInRequiredError();
  if (working.facts.actor) throw SessionImpersonationError.noProof(what);
  return user;
}

const higher = (one: AssuranceLevel, other: AssuranceLevel = 1): AssuranceLevel => (one > other ? one : other);
