import { expect, it } from 'vitest';
import { DEFECTS } from './revocation-defects.js';
import { double, type Defect } from './revocation-double.js';
import { REVOCATION_CASES } from './session-revocation.contract.js';

/** The sentences that a double breaks. */
async function broken(defect: Defect): Promise<string[]> {
  const outcomes = await Promise.allSettled(REVOCATION_CASES.map(({ prove }) => prove(double(defect))));
  return REVOCATION_CASES.flatMap(({ name }, n) => (outcomes[n]?.status === 'rejected' ? [name] : []));
}

it('finds nothing wrong with the double that has no defect', async () => {
  expect(await broken(() => ({}))).toEqual([]);
});

it.each(DEFECTS)('finds the one that %s', async (_, sentence, defect) => {
  expect(await broken(defect)).toContainEqual(expect.stringMatching(sentence));
});

it('has a defect for every sentence, so that none is an empty one', async () => {
  const found = new Set((await Promise.all(DEFECTS.map(([, , defect]) => broken(defect)))).flat());
  expect(REVOCATION_CASES.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([]);
});
