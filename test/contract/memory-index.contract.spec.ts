import { memoryStore } from 'nest-session';
import { TestClock } from '../support/test-clock.js';
import { describeIndexContract } from './session-index.contract.js';

describeIndexContract('memoryStore', async () => {
  const clock = new TestClock();
  const store = memoryStore({ clock });
  return { index: store.index, clock, cleanup: () => store.close() };
});
