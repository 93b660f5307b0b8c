import { afterEach, beforeEach, describe } from 'vitest';
import { concurrencyCases } from './cases/concurrency.cases.js';
import { expiryCases } from './cases/expiry.cases.js';
import { fidelityCases } from './cases/fidelity.cases.js';
import { lifecycleCases } from './cases/lifecycle.cases.js';
import { StoreBench, type StoreTraits, type StoreUnderTest } from './store-bench.js';

export type { StoreTraits, StoreUnderTest } from './store-bench.js';

/**
 * Proves that a store keeps every sentence of the `SessionStore` port.
 *
 * @param name what the report calls the store
 * @param setup gives a fresh, empty store for each case
 * @param traits what the store cannot do
 * @example
 * describeStoreContract('memoryStore', async () => {
 *   const clock = new TestClock();
 *   const store = memoryStore({ clock });
 *   return { store, clock, cleanup: () => store.close() };
 * });
 */
export function describeStoreContract(
  name: string,
  setup: () => Promise<StoreUnderTest>,
  traits: StoreTraits = {},
): void {
  describe(`${name} keeps the store contract`, () => {
    const bench = new StoreBench(setup, traits);
    beforeEach(bench.open);
    afterEach(bench.close);

    lifecycleCases(bench);
    expiryCases(bench);
    fidelityCases(bench);
    concurrencyCases(bench);
  });
}
