import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../bench/kinds.ts';
import { isNoisy, judge, verdictOf } from '../../bench/lib/judge.ts';
import type { Epoch } from '../../bench/lib/results.ts';
import { spreadOf } from '../../bench/lib/statistics.ts';
import { QUICK_SCENARIOS, SCENARIOS, withBaselines } from '../../bench/scenarios.ts';
import { TARGETS, WATCHED } from '../../bench/targets.ts';

const at = (median: number, noise = 0) => ({ median, min: median, max: median, noise });

describe('isNoisy()', () => {
  it.each([
    ['share', at(100, 14), false],
    ['share', at(100, 16), true],
    ['tax', at(2, 3), false],
    ['tax', at(2, 4), true],
    ['tax', at(50, 14), false],
    ['tax', at(50, 16), true],
    ['tax', at(-1, 4), true],
    ['share', at(NaN, Infinity), true],
  ] as const)('a %s of %o: %s', (unit, spread, noisy) => {
    expect(isNoisy(spread, unit)).toBe(noisy);
  });
});

describe('verdictOf()', () => {
  it.each([
    ['at most', 0.3, at(0.3), 'reached'],
    ['at most', 0.3, at(0.31), 'MISSED'],
    ['at least', 1.8, at(1.8), 'reached'],
    ['at least', 1.8, at(1.79), 'MISSED'],
    ['at most', 0.3, at(0.1, 0.1), 'too noisy'],
    ['at most', 1, undefined, 'not measured'],
  ] as const)('%s %d, measured %o: %s', (direction, threshold, measured, verdict) => {
    expect(verdictOf({ direction, threshold, unit: 'share' }, measured)).toBe(verdict);
  });
});

describe('judge()', () => {
  const judgeAll = (floor: number | undefined, ...values: number[]) => judge(floor, values, spreadOf(values));

  it('tells a ratio that is 16 % below its floor from one that is 14 % below', () => {
    expect(judgeAll(2, 1.68, 1.68, 1.68)).toBe('WORSE');
    expect(judgeAll(2, 1.72, 1.72, 1.72)).toBe('ok');
    expect(judgeAll(2, 9, 9, 9)).toBe('ok');
  });

  it('says what it cannot judge, and neither passes nor fails it', () => {
    expect(judgeAll(undefined, 2, 2, 2)).toBe('NOT JUDGED: no floor');
    expect(judgeAll(2, 0.1)).toBe('NOT JUDGED: too few processes');
    expect(judgeAll(2)).toBe('NOT JUDGED: too few processes');
    expect(judgeAll(2, 0.5, 1, 1.5)).toBe('NOT JUDGED: too noisy');
  });
});

describe('the lists', () => {
  const kindsOf = new Map(SCENARIOS.map((one) => [one.name, { ...one, kinds: withBaselines(one, one.kinds) }]));
  /** Answers every question, and keeps what was asked about. */
  const asked = (valueOf: (epoch: Epoch) => number): string[] => {
    const kinds: string[] = [];
    const note = (kind: string) => kinds.push(kind);
    valueOf({ perSecond: note, cpu: note, commands: note, tax: note });
    return kinds;
  };

  it.each(SCENARIOS)('$name runs kinds that there are, each once', ({ kinds, allKinds }) => {
    for (const list of [kinds, allKinds]) {
      expect(list.filter((kind) => !(kind in KINDS))).toEqual([]);
      expect(new Set(list).size).toBe(list.length);
    }
    expect(kinds.filter((kind) => !allKinds.includes(kind))).toEqual([]);
  });

  it('a scenario with a tax runs the baseline of each kind', () => {
    const { kinds } = kindsOf.get('signed-in read')!;
    for (const one of ['no session', 'no-op, shared turn', 'no-op, GET', 'Fastify: no-op, GET'])
      expect(kinds).toContain(one);
  });

  const targets = TARGETS.flatMap((target) => ('part' in target ? [] : [target]));
  it.each(targets)('target "$name" needs only what "$scenario" runs', ({ scenario, value }) => {
    const kinds = kindsOf.get(scenario)?.kinds;
    expect(asked(value).filter((kind) => !kinds?.includes(kind))).toEqual([]);
  });

  it('--quick runs every kind whose ratio it watches, and has floors for nothing else', () => {
    const quick = new Map(QUICK_SCENARIOS.map(({ name, kinds }) => [name, kinds]));
    const missing = WATCHED.filter(({ scenario, value, kinds }) =>
      [...asked(value), ...kinds].some((kind) => !quick.get(scenario)?.includes(kind)),
    );
    expect(missing).toEqual([]);
    const recorded = JSON.parse(readFileSync(new URL('../../bench/recorded.json', import.meta.url), 'utf8')) as object;
    expect(Object.keys(recorded).filter((name) => !WATCHED.some((ratio) => ratio.name === name))).toEqual([]);
  });
});
