import { describe, expect, it } from 'vitest';
import { ALLOWED } from './allowed-ends.js';
import { onMemory } from './memory-backend.js';
import { ALL_PAIRS } from './operations.js';
import { searchPair, unexplained } from './pair-search.js';
import { full } from '../support/scope.js';

/** Pairs with many hundreds of schedules: ending all sessions works on each of them side by side. */
const LONG = new Set([
  'signed-in: revokeAll + revokeAll',
  'signed-in: revokeAll + revokeOthers',
  'signed-in: revokeAll + revokeOthers elsewhere',
  'signed-in: revokeAll + registry.update',
  'signed-in: revokeAll + login (limit)',
  'signed-in: revokeOthers + revokeOthers',
  'signed-in: revokeOthers + revokeOthers elsewhere',
  'signed-in: revokeOthers + login (limit)',
  'signed-in: revokeOthers elsewhere + revokeOthers elsewhere',
  'signed-in: revokeOthers elsewhere + login (limit)',
  'signed-in: login (limit) + login (limit)',
]);

const PAIRS = ALL_PAIRS.filter(({ label }) => full || !LONG.has(label));
const STATES = [...new Set(PAIRS.map(({ state }) => state))];

describe('every schedule of two operations, on one memory store', () => {
  it.each(STATES)(
    'keeps every promise: %s',
    async (state) => {
      const wrong: string[] = [];
      for (const pair of PAIRS)
        if (pair.state === state) wrong.push(...unexplained(pair, await searchPair(onMemory, pair), ALLOWED));
      expect(wrong).toEqual([]);
    },
    600_000,
  );

  it('allows nothing of pairs that do not exist', () => {
    const labels = ALL_PAIRS.map(({ label }) => label);
    expect(Object.keys(ALLOWED).filter((label) => !labels.includes(label))).toEqual([]);
  });
});
