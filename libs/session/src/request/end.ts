import { userIdOf } from '../core/user-id.js';
import { newCookie } from '../engine/cookie-record.js';
import type { RequestState } from './request-state.js';
import type { WorkingSession } from './working-session.js';

/**
 * Ends all sessions of which the browser has sent a token, valid or not: all tokens of a name are of one login. The store
 * comes first: if it fails, the session stays in the browser and in this request.
 */
export async function end(state: RequestState, event: 'destroyed' | 'logout'): Promise<void> {
  const { engine, presented } = state;
  const own = state.detached ? undefined : state.working;
  if (own) await endOwn(state, own, event);
  for (const other of presented) {
    const last = other.key === own?.key ? undefined : await engine.end(other, 'signed-out');
    if (!last) continue;
    const { data, facts } = last.record;
    engine.events.emit(event, engine.describe(other.handle, data, facts));
    if (userIdOf(data) !== undefined) state.endedCookie ??= newCookie(state.facts.cookie, state.facts.secure);
  }
  state.presented = [];
  state.working = undefined;
  state.detached = true;
}

/** Ends a session and begins an empty one, as express-session's `regenerate()`; saved with the response. */
export async function startAfresh(state: RequestState, old: WorkingSession): Promise<void> {
  const { held } = old;
  if (held && (await state.engine.end(held, 'replaced'))) {
    state.endedCookie = old.live.cookie;
    state.engine.events.emit('destroyed', { ...state.describe(old), reason: 'regenerated' });
  }
  state.working = state.begin();
}

async function endOwn(state: RequestState, own: WorkingSession, event: 'destroyed' | 'logout'): Promise<void> {
  const { held } = own;
  if (!held) return;
  const last = await state.engine.end(held, 'signed-out');
  if (last) state.engine.events.emit(event, state.describe(own));
  // A concurrent login sets its cookie, which must not be cleared: there was no user to log out here, or the login has
  // replaced the session already. `destroy()` means any session, because applications of express-session keep their users
  // under other keys.
  const meant = event === 'destroyed' || userIdOf((last ?? held.stored).record.data) !== undefined;
  if (meant && (last || (await state.engine.findFresh(held.token)).status !== 'replaced'))
    state.endedCookie = own.live.cookie;
}
