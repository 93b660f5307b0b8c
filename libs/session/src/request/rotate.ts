import type { Cookie } from 'express-session';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionEventMap } from '../events/session-events.js';
import type { RequestState } from './request-state.js';
import { requireSize } from '../engine/size-limit.js';
import type { WorkingSession } from './working-session.js';
import { requireWritable } from './write-guards.js';

/** Why a session gets another secret, and its new record. */
export interface RotationRequest {
  /** The method that asked for it. */
  readonly what: string;
  readonly reason: SessionEventMap['rotated']['reason'];
  readonly by: 'asked' | 'proof';
  /** See {@link Rotation.proves}. */
  readonly proves?: number;
  /** How the browser keeps it from now on. @default as before */
  readonly cookie?: Cookie;
  /**
   * The record afterwards.
   * @param theirs the stored record, with the changes of this request merged into its data
   */
  readonly next: (theirs: SessionRecord) => SessionRecord;
}

const SAME: RotationRequest = {
  what: 'regenerate()',
  reason: 'requested',
  by: 'asked',
  next: (theirs) => theirs,
};

/**
 * Another secret for the same session; saved when this resolves. By default values and deadlines stay.
 * @throws `SessionGoneError` if the session has ended, `SessionRotatedError` if another request was first
 */
export async function rotate(state: RequestState, request: RotationRequest = SAME): Promise<WorkingSession> {
  const { engine } = state;
  const old = state.current();
  requireWritable(state, request.what, true);
  const changed = old.change();
  if (!changed) return beginAs(state, old, request);
  const { base, mine, facts } = changed.change;
  const held = await state.reported(
    old,
    engine.rotate(changed.held, {
      req: state.facts.req,
      by: request.by,
      ...(request.proves !== undefined && { proves: request.proves }),
      next: (theirs) => {
        const next = request.next({
          ...theirs,
          data: merged(base, mine, theirs.data, state),
          ...(facts && { facts: facts(theirs.facts ?? {}) }),
          cookie: changed.change.cookie ?? theirs.cookie,
          lastSeenAt: Math.max(changed.change.lastSeenAt, theirs.lastSeenAt),
        });
        requireSize(next.data, engine.options);
        return next;
      },
    }),
  );
  if (!held) {
    state.working = undefined;
    throw state.gone(old);
  }
  const fresh = state.adopt(held, request.cookie ?? old.live.cookie);
  fresh.saved = true;
  state.goOnWith(fresh);
  if (!held.joined && engine.events.hasListeners('rotated'))
    engine.events.emit('rotated', { ...state.describe(fresh), reason: request.reason });
  return fresh;
}

/** A session that is not stored yet gets another name. */
async function beginAs(state: RequestState, old: WorkingSession, request: RotationRequest): Promise<WorkingSession> {
  old.requireOwnUser();
  const { data, ...times } = request.next(old.record(old.values()));
  const fresh = state.begin(data, times);
  fresh.live.cookie = request.cookie ?? old.live.cookie;
  state.goOnWith(fresh);
  if (old.dataChanged) await state.persist(fresh);
  return fresh;
}

const merged = (base: SessionValues, mine: SessionValues, theirs: SessionValues, { engine }: RequestState) =>
  mergeSessions(base, mine, theirs, engine.options.resolve).data;
