import type { HeldSession } from '../engine/session-engine.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { RequestState } from './request-state.js';
import type { WorkingSession } from './working-session.js';

/**
 * Reads the session of a request. Never rejects: the error is kept in the state.
 * @param admit may end the session
 */
export async function readSession(
  state: RequestState,
  admit: ((state: RequestState) => Promise<void>) | undefined,
): Promise<void> {
  const { engine, facts, presented } = state;
  const live: { token: string; held: HeldSession; outdated: boolean }[] = [];
  try {
    for (const token of facts.tokens) {
      const found = await engine.find(token, facts.copy);
      const session = found.status === 'live' ? found.held : found.presented;
      if (session && !presented.some(({ key }) => key === session.key)) presented.push(session);
      if (found.status === 'live') live.push({ token, ...found });
      else if (found.status === 'replaced') state.replaced = true;
      else state.ending ??= found.ending;
    }
    const [only, other] = live;
    if (other) engine.events.emit('invalid', { reason: 'ambiguous' });
    else if (only) {
      state.replaced = false;
      state.ending = undefined;
      state.sentToken = only.token;
      state.outdated = only.outdated;
      state.working = state.adopt(only.held);
      if (admit) await admit(state);
    }
  } catch (error) {
    state.unavailable = true;
    state.working = undefined;
    if (engine.options.onStoreError === 'anonymous') state.readOnly = true;
    else state.failure = error instanceof Error ? error : SessionStoreError.from(error);
  }
  state.loaded = true;
}

/** Shows what is stored now. @throws `SessionGoneError` if the session is over */
export async function readAgain(state: RequestState, working: WorkingSession): Promise<void> {
  const token = working.held?.token;
  const found = token === undefined ? undefined : await state.engine.findFresh(token);
  if (found?.status !== 'live') throw state.gone(working);
  state.working = state.adopt(found.held);
}
