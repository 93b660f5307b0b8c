import { expect, it } from 'vitest';
import { ALLOWED } from './allowed-ends.js';
import { BROKEN_ENGINES } from './broken-engines.js';
import { ALL_PAIRS } from './operations.js';
import { searchPair } from './pair-search.js';

it.each(BROKEN_ENGINES)('finds it out when $what', async ({ backend, foundBy }) => {
  const found: string[] = [];
  for (const label of foundBy) {
    const pair = ALL_PAIRS.find((one) => one.label === label);
    if (!pair) throw new Error(`There is no pair ${label}.`);
    const { violations } = await searchPair(backend, pair);
    found.push(...[...violations.keys()].filter((violation) => !(violation in (ALLOWED[label] ?? {}))));
  }
  expect(found).not.toEqual([]);
});
