// Fills a memory store, each session of another user and in its index, and prints its bytes and those of the records.
import { digest } from '../../../libs/session/src/core/digest.js';
import { encodeRecord } from '../../../libs/session/src/core/record-format.js';
import { memoryStore } from '../../../libs/session/src/stores/memory.store.js';
import { TestClock } from '../test-clock.js';
import { aRecord } from '../records.js';

const COUNT = 20_000;
const clock = new TestClock();
const store = memoryStore({ clock });
const record = aRecord(clock.now(), {
  data: { cart: '7'.repeat(300) },
  facts: { ip: '203.0.113.7', userAgent: 'u'.repeat(70) },
});
const fill = async (from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n++) {
    const key = digest(`session ${n}`);
    const terms = { until: record.expiresAt + 0.5, revokedBefore: record.createdAt };
    await store.create(key, record);
    for (const place of [
      { index: 'user', value: `user-${n}` },
      { index: 'handle', value: digest(`handle:${key}`).slice(0, 22) },
    ])
      await store.index.add(place, { key, createdAt: record.createdAt }, terms);
  }
};
const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

await fill(0, 100);
const before = heap();
await fill(100, 100 + COUNT);
const taken = (heap() - before) / COUNT;
process.stdout.write(`${JSON.stringify({ taken, written: encodeRecord(record).length })}\n`);
await store.close();
