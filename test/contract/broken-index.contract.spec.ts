import { expect, it } from 'vitest';
import { IndexBench } from './index-bench.js';
import { INDEX_DEFECTS } from './index-defects.js';
import { indexDouble, type IndexDefect } from './index-double.js';
import { INDEX_CASES } from './session-index.contract.js';

/** The sentences that a double breaks. */
async function broken(defect: IndexDefect): Promise<string[]> {
  const outcomes = await Promise.allSettled(INDEX_CASES.map(({ prove }) => prove(new IndexBench(indexDouble(defect)))));
  return INDEX_CASES.flatMap(({ name }, n) => (outcomes[n]?.status === 'rejected' ? [name] : []));
}

it('finds nothing wrong with the double that has no defect', async () => {
  expect(await broken(() => ({}))).toEqual([]);
});

it.each(INDEX_DEFECTS)('finds the one that %s', async (_, sentence, defect) => {
  expect(await broken(defect)).toContainEqual(expect.stringMatching(sentence));
});

it('has a defect for every sentence, so that none is an empty one', async () => {
  const found = new Set((await Promise.all(INDEX_DEFECTS.map(([, , defect]) => broken(defect)))).flat());
  expect(INDEX_CASES.map(({ name }) => name).filter((name) => !found.has(name))).toEqual([]);
});
