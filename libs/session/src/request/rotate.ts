import { mergeSessions } from '../core/merge.js';
import type { SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { sessionHandle } from '../core/session-id.js';
import type { SessionUser } from '../core/session-user.js';
import type { SessionEventMap } from '../events/session-events.js';
import { deadlinesFor, type AskedDeadlines } from './session-deadlines.js';
import type { RequestState } from './request-state.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionTimes, WorkingSession } from './working-session.js';
import { requireSize } from './size-limit.js';
import { requireWritable } from './write-guards.js';

/** What a login asks for. */
export interface LoginRequest {
  readonly user: SessionUser;
  /** Keys of the session before that are carried over. */
  readonly keep: readonly string[];
  /** Undefined for what the application gives such a user. */
  readonly deadlines?: AskedDeadlines | undefined;
  /** What else is known of it. */
  readonly facts?: SessionFacts;
  /** It goes on from this very session, and is refused if that has ended meanwhile. */
  readonly completing?: boolean;
}

/** A new id, deadlines that start anew, the user in it; saved when this resolves. */
export async function login(state: RequestState, request: LoginRequest): Promise<void> {
  const { user, keep, deadlines, facts, completing = false } = request;
  requireWritable(state, 'login()', true, true);
  // First of all: whoever ends the user's sessions from here on ends this one as well.
  const epoch = await state.engine.epochOf(user);
  const now = state.engine.options.clock.now();
  const dated = deadlinesFor(state.engine.options, user, deadlines);
  const times: SessionTimes = {
    createdAt: now,
    authenticatedAt: now,
    ...(epoch !== undefined && { epoch }),
    ...dated,
    facts: { ...dated.facts, ...facts, authTime: now },
  };
  const old = state.detached ? undefined : state.working;
  const fresh = state.begin({ ...pick(old?.values ?? {}, keep), user }, times);
  if (deadlines?.persistent && deadlines.idle !== undefined) fresh.live.cookie.originalMaxAge = deadlines.idle;
  const values = await takeOver(state, old, fresh, !completing);
  fresh.show({ ...pick(values, keep), user });
  await replace(state, fresh, old, 'login');
  if (old) tellImpersonationEnded(state, old, 'stopped');
  state.engine.events.emit('login', describe(state, fresh));
}

/** What a session goes on as under its new id. */
export interface Succession {
  readonly values: SessionValues;
  readonly times: SessionTimes;
}

/** Why a session gets a new id, and what it is then. */
export interface Rotation {
  /** The method that asked for it. */
  readonly what: string;
  readonly reason: SessionEventMap['rotated']['reason'];
  /** @param last the values that the session had in the end, with the last change of everybody */
  readonly next: (last: SessionValues, old: WorkingSession) => Succession;
}

const SAME: Rotation = {
  what: 'regenerate()',
  reason: 'requested',
  next: (values, { times }) => ({ values, times }),
};

/** A new id for the same visitor; saved when this resolves. By default his values and deadlines stay. */
export async function rotate(state: RequestState, { what, reason, next }: Rotation = SAME): Promise<WorkingSession> {
  const old = state.current();
  requireWritable(state, what, true);
  const rotatedAt = state.engine.options.clock.now();
  const renamed = ({ times }: Succession): SessionTimes => ({ ...times, facts: { ...times.facts, rotatedAt } });
  const first = next(old.values, old);
  const fresh = state.begin(first.values, renamed(first));
  fresh.live.cookie = old.live.cookie;
  const last = next(await takeOver(state, old, fresh, false), old);
  fresh.times = renamed(last);
  fresh.show(last.values);
  if (old.stored || old.dataChanged) await replace(state, fresh, old, reason);
  else state.working = fresh;
  return fresh;
}

/** Ends the session and begins an empty one, as express-session's `regenerate()`; saved with the response. */
export async function startAfresh(state: RequestState, old: WorkingSession): Promise<void> {
  const { live, stored } = old;
  if (stored) {
    await state.engine.retire(live.id, stored);
    state.noteEnded(old);
    state.engine.events.emit('destroyed', { ...describe(state, old), reason: 'regenerated' });
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
  if (stored) state.engine.events.emit(event, describe(state, working));
}

/** Ends the session that another one replaces. @returns its values, with the last change of everybody */
export async function takeOver(
  state: RequestState,
  old: WorkingSession | undefined,
  fresh: WorkingSession,
  login: boolean,
): Promise<SessionValues> {
  if (!old?.stored) return old?.values ?? {};
  const { stored, values, base } = old;
  try {
    requireSize(fresh.values, state.engine.options);
    // Nothing is ended for a session that cannot be stored.
    await state.engine.requireStorable(fresh.live.id, fresh.record(fresh.values), old.live.id);
  } catch (error) {
    state.id = old.live.id;
    throw error;
  }
  const last = await state.engine.retire(old.live.id, stored, true);
  if (last) return mergeSessions(base, values, last.record.data, state.engine.options.resolve).data;
  // Somebody ended it meanwhile. A login may begin a new session all the same, but nothing of a user comes back.
  if (!login) throw state.gone(old);
  return userIdOf(stored.record.data) === undefined ? values : {};
}

export async function replace(
  state: RequestState,
  fresh: WorkingSession,
  old: WorkingSession | undefined,
  reason: SessionEventMap['rotated']['reason'],
): Promise<void> {
  if (old?.stored) fresh.previous = old.live.id;
  try {
    await state.persist(fresh, old?.stored !== undefined);
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
  const previous = sessionHandle(old.live.id);
  state.engine.events.emit('rotated', { ...describe(state, fresh), previous, reason });
}

/** The session as events name it: as it was stored last. */
export const describe = ({ engine }: RequestState, { live, stored, base, times }: WorkingSession) =>
  engine.describe(live.id, stored?.record.data ?? base, times.facts);

export const pick = (values: SessionValues, keys: readonly string[]): SessionValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));

/** Tells that nobody acts as the user of this session any more, if anybody did. */
export function tellImpersonationEnded(state: RequestState, old: WorkingSession, reason: 'stopped' | 'expired'): void {
  const { actor, ...session } = describe(state, old);
  if (actor) state.engine.events.emit('impersonationEnded', { ...session, actor, reason });
}
