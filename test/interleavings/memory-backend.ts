import { memoryStore } from 'nest-session';
import type { Backend } from './world.js';

/** All processes of a world share one memory store: what a server behind them would be, without its latency. */
export const onMemory: Backend = {
  name: 'memory',
  async begin(clock, stage) {
    const store = memoryStore({ clock });
    return () => stage.schedule(store);
  },
};
