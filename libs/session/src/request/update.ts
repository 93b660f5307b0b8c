import type { SessionValues } from '../core/record.js';
import { SessionGoneException } from '../errors/session-gone.exception.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { RequestState } from './request-state.js';
import { dataJson, parseData } from '../engine/session-json.js';
import { requireSize } from './size-limit.js';
import { requireWritable } from './write-guards.js';

/** Changes stored values by a function that runs again on fresh values until nobody came in between. */
export async function update<T>(state: RequestState, change: (values: SessionValues) => T): Promise<T> {
  const working = state.current();
  requireWritable(state, 'update()', !working.stored);
  let answer!: T;
  const apply = (before: SessionValues): SessionValues => {
    const values = structuredClone(before);
    answer = change(values);
    if (answer instanceof Promise) {
      answer.catch(() => undefined);
      throw SessionUsageError.asyncUpdate();
    }
    const storable = parseData(dataJson(values));
    requireSize(storable, state.engine.options);
    return storable;
  };
  if (!working.stored) {
    working.show(apply(working.values));
    await state.persist(working);
    return answer;
  }
  if (working.dataChanged && !(await state.persist(working))) throw new SessionGoneException();
  const stored = await state.engine.update(working.live.id, working.known ?? working.stored, (theirs) => ({
    ...theirs,
    lastSeenAt: working.seenAt,
    data: apply(theirs.data),
  }));
  if (!stored) throw state.gone(working);
  working.show(stored.record.data);
  working.inStep(stored, working.values);
  return answer;
}
