import type { SessionValues } from '../core/record.js';
import { applyUpdate } from '../engine/session-json.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import type { RequestState } from './request-state.js';
import { requireSize } from '../engine/size-limit.js';
import { requireWritable } from './write-guards.js';

/** Changes stored values by a function that runs again on fresh values after a concurrent write. */
export async function update<T>(state: RequestState, change: (values: SessionValues) => T): Promise<T> {
  const working = state.current();
  requireWritable(state, 'update()', !working.isStored);
  const { options } = state.engine;
  if (!working.isStored) {
    working.requireOwnUser();
    const { values, answer } = applyUpdate(working.values(), change);
    requireSize(values, options);
    working.assign(values);
    await state.persist(working);
    return answer;
  }
  if (working.dataChanged && !(await state.persist(working))) throw new SessionGoneError();
  const before = working.change();
  if (!before) throw new SessionGoneError();
  let answer!: T;
  const held = await state.reported(
    working,
    state.engine.update(before.held, (theirs) => {
      const applied = applyUpdate(theirs.data, change);
      requireSize(applied.values, options);
      answer = applied.answer;
      return { ...theirs, lastSeenAt: Math.max(working.seenAt, theirs.lastSeenAt), data: applied.values };
    }),
  );
  if (!held) throw new SessionGoneError();
  working.assign(held.stored.record.data);
  working.markSaved(held);
  return answer;
}
