import type { SessionValues } from '../core/record.js';
import { applyUpdate } from '../engine/session-json.js';
import { SessionGoneException } from '../errors/session-gone.exception.js';
import type { RequestState } from './request-state.js';
import { requireWritable } from './write-guards.js';

/** Changes stored values by a function that runs again on fresh values until no other request came in between. */
export async function update<T>(state: RequestState, change: (values: SessionValues) => T): Promise<T> {
  const working = state.current();
  requireWritable(state, 'update()', !working.isStored);
  if (!working.isStored) {
    const { values, answer } = applyUpdate(working.values(), change);
    working.show(values);
    await state.persist(working);
    return answer;
  }
  if (working.dataChanged && !(await state.persist(working))) throw new SessionGoneException();
  const before = working.change();
  if (!before) throw new SessionGoneException();
  let answer!: T;
  const held = await state.told(
    working,
    state.engine.update(before.held, (theirs) => {
      const applied = applyUpdate(theirs.data, change);
      answer = applied.answer;
      return { ...theirs, lastSeenAt: Math.max(working.seenAt, theirs.lastSeenAt), data: applied.values };
    }),
  );
  if (!held) throw new SessionGoneException();
  working.show(held.stored.record.data);
  working.inStep(held);
  return answer;
}
