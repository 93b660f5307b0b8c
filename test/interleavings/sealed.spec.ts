import { expect, it } from 'vitest';
import { ALLOWED_ELSEWHERE } from './allowed-elsewhere.js';
import { ALLOWED } from './allowed-ends.js';
import { pairsWithout } from './operations.js';
import { searchPair } from './pair-search.js';
import { sealed } from './sealed-backend.js';

it('keeps every promise in every schedule of two operations: sealed cookies', async () => {
  const here = ALLOWED_ELSEWHERE[sealed.name] ?? {};
  const found = new Set<string>();
  const wrong: string[] = [];
  for (const pair of pairsWithout(sealed.lacks)) {
    const { violations } = await searchPair(sealed, pair);
    for (const [violation, steps] of violations) {
      found.add(`${pair.label}: ${violation}`);
      if (!(violation in { ...ALLOWED[pair.label], ...here[pair.label] }))
        wrong.push([`${pair.label}: ${violation}`, ...steps].join('\n  '));
    }
  }
  expect(wrong).toEqual([]);
  // What is allowed here has to occur, so that none stays that has been done away with.
  const allowed = Object.entries(here).flatMap(([label, ends]) => Object.keys(ends).map((end) => `${label}: ${end}`));
  expect(allowed.filter((one) => !found.has(one))).toEqual([]);
}, 600_000);
