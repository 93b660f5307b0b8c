import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../bench/lib/epochs.ts';
import { agree, lowerQuartile, median, quantile, spreadOf, upperQuartile } from '../../bench/lib/statistics.ts';

describe('quantiles', () => {
  it('are the value at this share, or between the two there', () => {
    const hundred = Array.from({ length: 101 }, (_, index) => index);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)]).toEqual([50, 99, 7]);
    expect(median([10, 9, 1, 2])).toBe(5.5);
    expect(lowerQuartile([5, 1, 4, 2, 3])).toBe(2);
    expect(upperQuartile([5, 1, 4, 2, 3])).toBe(4);
  });
});

describe('spreadOf()', () => {
  it('has the median, the outermost values, and how far the quartiles lie apart', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, min: 1, max: 5, noise: 2 });
  });

  it('is not noisy for one process that differs from the others', () => {
    expect(spreadOf([10, 10, 10, 10, 90]).noise).toBe(0);
  });
});

describe('agree()', () => {
  it.each([
    [100, 105, true],
    [105, 100, true],
    [100, 106, false],
    [NaN, 100, false],
  ])('%d and %d: %s', (one, other, expected) => {
    expect(agree(one, other)).toBe(expected);
  });
});

describe('summaryOf()', () => {
  it('is the lower quartile of costs, the upper one of what is done, and the median of the rest', () => {
    const slices = [1, 2, 3, 4, 5].map((n) => ({
      cpu: n,
      clientCpu: n,
      perSecond: n,
      p50: n,
      p99: n,
      commands: n,
      headerBytes: n,
    }));
    expect(summaryOf(slices)).toEqual({
      cpu: 2,
      clientCpu: 2,
      perSecond: 4,
      p50: 3,
      p99: 3,
      commands: 3,
      headerBytes: 3,
    });
  });
});
