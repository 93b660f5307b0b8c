import { mergeSessions } from '../core/merge.js';
import type { SessionValues } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import type { RequestState } from './request-state.js';
import { userIdOf } from '../core/user-id.js';
import type { WorkingSession } from './working-session.js';

/** What a login asks for. */
export interface LoginRequest {
  readonly user: object;
  /** Keys of the session before that are carried over. */
  readonly keep: readonly string[];
  /** Milliseconds that the browser keeps the cookie and the session lives. */
  readonly remember: number | undefined;
}

/** A new id, deadlines that start anew, the user in it; saved when this resolves. */
export async function login(state: RequestState, { user, keep, remember }: LoginRequest): Promise<void> {
  state.requireWritable('login()', true, true);
  const now = state.engine.options.clock.now();
  const times = {
    createdAt: now,
    authenticatedAt: now,
    ...(remember !== undefined && { absoluteTimeout: remember }),
  };
  const old = state.detached ? undefined : state.working;
  const fresh = state.begin({ ...pick(old?.values ?? {}, keep), user }, times);
  if (remember !== undefined) fresh.live.cookie.originalMaxAge = remember;
  const values = await takeOver(state, old, fresh, true);
  fresh.show({ ...pick(values, keep), user });
  await replace(state, fresh, old);
  state.engine.events.emit('login', state.engine.describe(fresh.live.id, fresh.base));
}

/** A new id for the same visitor, with the same values and deadlines; saved when this resolves. */
export async function rotate(state: RequestState): Promise<void> {
  const old = state.current();
  state.requireWritable('regenerate()', true);
  const fresh = state.begin(old.values, old.times);
  fresh.live.cookie = old.live.cookie;
  fresh.show(await takeOver(state, old, fresh, false));
  if (old.stored || old.dataChanged) await replace(state, fresh, old);
  else state.working = fresh;
}

/** Ends the session and begins an empty one, as express-session's `regenerate()`; saved with the response. */
export async function startAfresh(state: RequestState, old: WorkingSession): Promise<void> {
  const { live, stored } = old;
  if (stored) {
    await state.engine.retire(live.id, stored);
    state.noteEnded(old);
    state.engine.events.emit('destroyed', state.engine.describe(live.id, stored.record.data));
  }
  state.working = state.begin();
}

/** Ends the session for good. */
export async function end(state: RequestState, working: WorkingSession, event: 'destroyed' | 'logout'): Promise<void> {
  const { stored, live } = working;
  // Deleted first: a session that the store could not end stays in the browser and in this request.
  if (stored) await state.engine.delete(live.id, stored);
  state.noteEnded(working);
  state.working = undefined;
  state.detached = true;
  if (stored) state.engine.events.emit(event, state.engine.describe(live.id, stored.record.data));
}

/** Ends the session that another one replaces. @returns its values, with the last change of everybody */
async function takeOver(
  state: RequestState,
  old: WorkingSession | undefined,
  fresh: WorkingSession,
  login: boolean,
): Promise<SessionValues> {
  if (!old?.stored) return old?.values ?? {};
  const { stored, values, base } = old;
  try {
    // Nothing is ended for a session that cannot be stored.
    await state.engine.requireStorable(fresh.live.id, fresh.record(fresh.values));
  } catch (error) {
    state.id = old.live.id;
    throw error;
  }
  const last = await state.engine.retire(old.live.id, stored);
  if (last) return mergeSessions(base, values, last.record.data, state.engine.options.resolve).data;
  // Somebody ended it meanwhile. A login may begin a new session all the same, but nothing of a user comes back.
  if (!login) throw state.gone(old);
  return userIdOf(stored.record.data) === undefined ? values : {};
}

async function replace(state: RequestState, fresh: WorkingSession, old: WorkingSession | undefined): Promise<void> {
  try {
    await state.persist(fresh);
    if (old) state.noteEnded(old);
    state.detached = false;
    state.rotatedAway = false;
    state.working = fresh;
  } catch (error) {
    // What could not be saved must not be tried again when the error is answered.
    state.working = undefined;
    throw error;
  }
  if (!old?.stored) return;
  const session = state.engine.describe(fresh.live.id, fresh.base);
  state.engine.events.emit('rotated', { ...session, previous: sessionHandle(old.live.id) });
}

const pick = (values: SessionValues, keys: readonly string[]): SessionValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
