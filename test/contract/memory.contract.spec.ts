import { memoryStore } from '../../libs/session/src/stores/memory.store.js';
import { ManualClock } from '../support/manual-clock.js';
import { describeStoreContract } from './session-store.contract.js';

describeStoreContract('memoryStore', async () => {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  return { store, clock, cleanup: () => store.close() };
});
