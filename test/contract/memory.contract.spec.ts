import { memoryStore } from '../../libs/session/src/stores/memory.store.js';
import { TestClock } from '../support/test-clock.js';
import { describeStoreContract } from './session-store.contract.js';

describeStoreContract('memoryStore', async () => {
  const clock = new TestClock();
  const store = memoryStore({ clock });
  return { store, clock, cleanup: () => store.close() };
});
