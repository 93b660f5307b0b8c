// Creates a million sessions that expire at once, and prints what is left of them.
import { memoryStore } from '../../../libs/session/src/stores/memory.store.js';
import { TestClock } from '../test-clock.js';
import { aRecord } from '../records.js';

const BATCH = 100_000;
const BATCHES = 10;

const clock = new TestClock();
const store = memoryStore({ clock, maxSessions: BATCH * 2 });
const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

await store.create('first', aRecord(clock.now()));
const before = heap();
for (let batch = 0; batch < BATCHES; batch++) {
  const record = aRecord(clock.now(), { data: { n: batch }, expiresAt: clock.now() + 1_000 });
  for (let i = 0; i < BATCH; i++) void store.create(`${batch}:${i}`, record);
  clock.advance(1_000);
  store.sweep();
}
clock.advance(86_400_000);
store.sweep();
process.stdout.write(`${JSON.stringify({ size: store.size, grown: heap() - before })}\n`);
await store.close();
