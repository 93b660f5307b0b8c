import { afterEach, beforeEach, describe, it } from 'vitest';
import { entryCases } from './cases/index-entry.cases.js';
import { epochCases } from './cases/index-revocation.cases.js';
import { limitCases } from './cases/index-limit.cases.js';
import { IndexBench, type IndexCase, type IndexUnderTest } from './index-bench.js';

/** Every sentence of the `SessionIndex` port. */
export const INDEX_CASES: readonly IndexCase[] = [...entryCases, ...limitCases, ...epochCases];

/**
 * Proves that the index of a store keeps every sentence of the `SessionIndex` port.
 *
 * @param name what the report calls it
 * @param setup gives a fresh, empty one for each case
 * @param shared whether several processes can share it
 * @example
 * describeIndexContract('memoryStore', async () => {
 *   const clock = new TestClock();
 *   const store = memoryStore({ clock });
 *   return { index: store.index, clock, cleanup: () => store.close() };
 * });
 */
export function describeIndexContract(name: string, setup: () => Promise<IndexUnderTest>, shared = false): void {
  describe(`${name} keeps the index contract`, () => {
    let under: IndexUnderTest;
    beforeEach(async () => void (under = await setup()));
    afterEach(() => under.cleanup());

    const asked = INDEX_CASES.filter((one) => shared || !one.shared);
    it.each(asked)('$name', ({ prove }) => prove(new IndexBench(under)));
  });
}
