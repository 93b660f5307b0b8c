import { memoryStore } from 'nest-session';
import { describeRegistry } from './registry.suite.js';

describeRegistry('memory', async (clock) => {
  const store = memoryStore({ clock });
  return { store, cleanup: () => store.close() };
});
