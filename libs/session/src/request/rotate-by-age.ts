import { applyChange } from '../engine/session-change.js';
import type { HeldSession } from '../engine/session-engine.js';
import type { RequestState } from './request-state.js';
import type { WorkingSession } from './working-session.js';
import { isCookieWithheld } from './write-guards.js';

/** Whether the secret of a request's session is due for rotation, and the browser can get the new one. */
export function isRotationDue(state: RequestState, { held }: WorkingSession): boolean {
  const { rotateAfter, clock } = state.engine.options;
  if (rotateAfter === undefined || !held || state.detached || state.keepsDeadline) return false;
  // A request in the grace of a rotation is about to get the new token.
  if (held.token !== state.sentToken || held.send !== held.token || isCookieWithheld(state)) return false;
  const { record } = held.stored;
  const since = record.secret?.at ?? Math.max(record.createdAt, record.authenticatedAt ?? 0);
  return clock.now() - since >= rotateAfter;
}

/**
 * Rotates the secret because of its age, in the same save as all changes of this request.
 * @returns undefined if the session is gone
 */
export async function rotateByAge(state: RequestState, working: WorkingSession): Promise<HeldSession | undefined> {
  const changed = working.change();
  if (!changed) return undefined;
  const { engine, facts } = state;
  const { change, json, held: before } = changed;
  const held = await state.reported(
    working,
    engine.rotate(before, {
      req: facts.req,
      by: 'age',
      next: (theirs) => applyChange(theirs, change, engine.options.resolve).record,
    }),
  );
  if (!held) return undefined;
  working.markSaved(held, json);
  state.outdated = false;
  if (!held.joined) engine.events.emit('rotated', { ...state.describe(working), reason: 'age' });
  return held;
}
