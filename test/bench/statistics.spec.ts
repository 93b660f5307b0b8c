import { describe, expect, it } from 'vitest';
import { median, ofBest, overRounds, quantile, spreadOf } from '../../bench/lib/statistics.mjs';

const cpu = (...values: number[]) => values.map((value) => ({ cpu: value }));

describe('median()', () => {
  it('is the value in the middle, or between the two there', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 9, 1, 2])).toBe(5.5);
  });
});

describe('quantile()', () => {
  it('is the value that this share of all is below', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)]).toEqual([50, 99, 7]);
  });
});

describe('spreadOf()', () => {
  it('has the median, and the outermost values', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });
});

describe('overRounds()', () => {
  it('takes ratios within a round, whatever the rounds differ in', () => {
    // The machine was four times as slow in the second round.
    const samples = { ours: cpu(10, 40, 10), theirs: cpu(20, 80, 20) };
    const ratio = overRounds({}, samples, (round) => round.cpu('ours') / round.cpu('theirs'));
    expect(ratio).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it('is undefined where a kind was not measured', () => {
    expect(overRounds({}, { ours: cpu(10) }, (round) => round.cpu('ours') / round.cpu('theirs'))).toBeUndefined();
    expect(overRounds({}, {}, (round) => round.cpu('ours'))).toBeUndefined();
  });

  it('throws what is wrong besides', () => {
    const broken = () => {
      throw new TypeError('broken');
    };
    expect(() => overRounds({}, { ours: cpu(10) }, broken)).toThrow('broken');
  });

  describe('tax()', () => {
    const samples = {
      'no-op': cpu(50),
      'no-op, setImmediate': cpu(30),
      'no-op, Redis GET': cpu(40),
      'Fastify: no-op': cpu(20),
      'nest-session, memory': cpu(60),
      'nest-session, Redis': cpu(60),
      'express-session, MemoryStore': cpu(100),
      'Fastify: nest-session, memory': cpu(60),
    };

    it.each([
      ['nest-session, memory', 10],
      ['nest-session, Redis', 20],
      ['express-session, MemoryStore', 70],
      ['Fastify: nest-session, memory', 40],
    ])('of %s is over the baseline that waits as it does', (kind, tax) => {
      expect(overRounds({}, samples, (round) => round.tax(kind))?.median).toBe(tax);
    });

    it('is over another baseline where the scenario lets the kind wait for something else', () => {
      const tax = overRounds({ turn: () => 'sync' }, samples, (round) => round.tax('nest-session, Redis'));
      expect(tax?.median).toBe(10);
    });
  });
});

describe('ofBest()', () => {
  const samples = {
    one: [
      { cpu: 9, perSecond: 50 },
      { cpu: 3, perSecond: 10 },
    ],
    other: [{ cpu: 6, perSecond: 25 }],
  };

  it('takes the best slice of each kind, whichever round it is of', () => {
    expect(ofBest(samples, ({ cpu }) => cpu('other') / cpu('one'))).toBe(2);
    expect(ofBest(samples, ({ perSecond }) => perSecond('one') / perSecond('other'))).toBe(2);
  });

  it('is open where a kind was not measured', () => {
    expect(ofBest(samples, ({ cpu }) => cpu('third'))).toBeUndefined();
  });
});
