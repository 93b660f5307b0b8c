import { memoryStore } from 'nest-session';
import { ManualClock } from '../support/manual-clock.js';
import { describeIndexContract } from './session-index.contract.js';

describeIndexContract('memoryStore', async () => {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  return { index: store.index, clock, cleanup: () => store.close() };
});
