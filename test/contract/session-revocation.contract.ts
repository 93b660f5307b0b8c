import { afterEach, beforeEach, describe, it } from 'vitest';
import { answerCases } from './cases/revocation-answer.cases.js';
import { endingCases } from './cases/revocation-ending.cases.js';
import { storeCases } from './cases/revocation-store.cases.js';
import type { RevocationAbility, RevocationCase, RevocationUnderTest } from './revocation-bench.js';

/** Every sentence of the `SessionRevocation` port. */
export const REVOCATION_CASES: readonly RevocationCase[] = [...answerCases, ...endingCases, ...storeCases];

/**
 * Proves that a revocation keeps every sentence of the `SessionRevocation` port.
 *
 * @param name what the report calls it
 * @param setup gives a fresh, empty one for each case
 * @param abilities what more there is to look at
 * @example
 * describeRevocationContract('memoryRevocation', async () => {
 *   const clock = new TestClock();
 *   const revocation = memoryRevocation({ clock });
 *   return { revocation, time: manualTime(clock), cleanup: () => revocation.close() };
 * });
 */
export function describeRevocationContract(
  name: string,
  setup: () => Promise<RevocationUnderTest>,
  abilities: readonly RevocationAbility[] = [],
): void {
  describe(`${name} keeps the revocation contract`, () => {
    let bench: RevocationUnderTest;
    beforeEach(async () => void (bench = await setup()));
    afterEach(() => bench.cleanup());

    const asked = REVOCATION_CASES.filter(({ needs }) => needs === undefined || abilities.includes(needs));
    it.each(asked)('$name', ({ prove }) => prove(bench));
  });
}
