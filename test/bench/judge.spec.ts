import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fallen, isReached } from '../../bench/lib/judge.mjs';
import { KINDS } from '../../bench/kinds.mjs';
import { QUICK_SCENARIOS, SCENARIOS } from '../../bench/scenarios.mjs';
import { TARGETS, WATCHED } from '../../bench/targets.mjs';

describe('fallen()', () => {
  it('names a ratio that is 16 % below what was recorded, and none that is 14 % below', () => {
    expect(fallen({ reads: 2, writes: 2 }, { reads: 2 * 0.84, writes: 2 * 0.86 })).toEqual(['reads']);
  });

  it('names no ratio that became better', () => {
    expect(fallen({ reads: 2 }, { reads: 9 })).toEqual([]);
  });

  it('leaves alone what only one of both knows', () => {
    expect(fallen({ reads: 2 }, { writes: 0.1 })).toEqual([]);
  });
});

describe('isReached()', () => {
  it.each([
    ['at most', 0.3, 0.3, true],
    ['at most', 0.3, 0.31, false],
    ['at least', 1.8, 1.8, true],
    ['at least', 1.8, 1.79, false],
  ] as const)('%s %d: %d is %s', (direction, threshold, median, reached) => {
    expect(isReached({ direction, threshold }, { median })).toBe(reached);
  });

  it('is open where nothing was measured', () => {
    expect(isReached({ direction: 'at most', threshold: 1 }, undefined)).toBeUndefined();
  });
});

describe('the lists', () => {
  const kindsOf = new Map(SCENARIOS.map(({ name, kinds }) => [name, kinds]));
  /** Answers every question, and keeps what was asked about. */
  const asked = (valueOf: (round: Record<string, (kind: string) => number>) => number): string[] => {
    const kinds: string[] = [];
    const note = (kind: string) => kinds.push(kind);
    valueOf({ perSecond: note, cpu: note, commands: note, tax: note });
    return kinds;
  };

  it.each(SCENARIOS)('$name runs kinds that there are, each once', ({ kinds }) => {
    expect(kinds.filter((kind) => !(kind in KINDS))).toEqual([]);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it.each(TARGETS.filter(({ part }) => !part))('target "$name" needs only what "$scenario" runs', (target) => {
    const kinds = kindsOf.get(target.scenario!);
    expect(asked(target.value).filter((kind) => !kinds?.includes(kind))).toEqual([]);
  });

  it('--quick runs every kind whose ratio it watches, and has recorded each ratio', () => {
    const quick = new Map(QUICK_SCENARIOS.map(({ name, kinds }) => [name, kinds]));
    const missing = WATCHED.filter(({ scenario, value }) =>
      asked(value).some((kind) => !quick.get(scenario)?.includes(kind)),
    );
    expect(missing).toEqual([]);
    const recorded = JSON.parse(readFileSync(new URL('../../bench/recorded.json', import.meta.url), 'utf8')) as object;
    expect(Object.keys(recorded)).toEqual(WATCHED.map(({ name }) => name));
  });
});
