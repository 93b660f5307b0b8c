import { memoryStore } from 'nest-session';
import type { SessionIndex } from 'nest-session/store';
import { TestClock } from '../support/test-clock.js';
import type { IndexUnderTest } from './index-bench.js';

/** Replaces some methods of a sound index by broken ones. */
export type IndexDefect = (sound: SessionIndex, clock: TestClock) => Partial<SessionIndex>;

/** The methods of an index as properties, which a class has not. */
export const methodsOf = (index: SessionIndex): SessionIndex => ({
  revokedBefore: (...args) => index.revokedBefore(...args),
  add: (...args) => index.add(...args),
  extend: (...args) => index.extend(...args),
  remove: (...args) => index.remove(...args),
  members: (...args) => index.members(...args),
  revokeBefore: (...args) => index.revokeBefore(...args),
});

/** An index that is right but for its defect. */
export function indexDouble(defect: IndexDefect): IndexUnderTest {
  const clock = new TestClock();
  const store = memoryStore({ clock });
  const sound = methodsOf(store.index);
  const open = (): SessionIndex => ({ ...sound, ...defect(sound, clock) });
  return { index: open(), clock, another: () => Promise.resolve(open()), cleanup: () => store.close() };
}
