import { idSince } from '../core/deadlines.js';
import { mergeSessions } from '../core/merge.js';
import { sessionHandle } from '../core/session-id.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { CookieAction } from './commit-decision.js';
import type { RequestState } from './request-state.js';
import type { WorkingSession } from './working-session.js';
import { isCookieWithheld } from './write-guards.js';

/** Whether the id of a request's session is old enough for another one, and the browser can be given it. */
export function isIdRenewalDue(state: RequestState, working: WorkingSession): boolean {
  const { rotateAfter, clock } = state.engine.options;
  if (rotateAfter === undefined || !working.stored || state.detached || state.keepsDeadline) return false;
  if (working.live.id !== state.sentId || state.isLate(working) || isCookieWithheld(state)) return false;
  return clock.now() - idSince(working.times) >= rotateAfter;
}

/**
 * Gives the session another id, with everything that this request has changed. `req.session` goes on under the old one,
 * which the engine understands for as long as a request that began with it lasts.
 * @returns what becomes of the cookie; undefined if another request was first, or it cannot be done now
 */
export async function renewId(state: RequestState, working: WorkingSession): Promise<CookieAction | undefined> {
  const { engine, facts } = state;
  const { clock, genid, resolve } = engine.options;
  const { live, known, base, values } = working;
  if (!known) return undefined;
  const rotatedAt = clock.now();
  working.dateCookie();
  try {
    const next = await engine.succeed(live.id, known, {
      id: genid(facts.req),
      make: (theirs) => ({
        ...working.record(mergeSessions(base, values, theirs.data, resolve).data),
        facts: { ...theirs.facts, ...working.times.facts, rotatedAt },
      }),
    });
    if (!next) return undefined;
    const { id, stored } = next;
    working.renamed = true;
    working.inStep(stored, values);
    state.outdated = false;
    const session = engine.describe(id, stored.record.data, stored.record.facts);
    engine.events.emit('rotated', { ...session, previous: sessionHandle(live.id), reason: 'age' });
    const copy = engine.copyOf(id, stored);
    const { cookie } = live;
    return {
      type: 'set',
      token: engine.tokenOf(id, stored),
      cookie,
      ...(copy !== undefined && { copy: { value: copy, cookie } }),
    };
  } catch (error) {
    // The answer does not depend on it: the engine has reported it, and the next request tries again.
    if (error instanceof SessionStoreError) return undefined;
    throw error;
  }
}
