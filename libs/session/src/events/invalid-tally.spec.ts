import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidTally } from './invalid-tally.js';

describe('cookies that open nothing', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  type Told = Parameters<InvalidTally['add']>[0];
  const begin = () => {
    const told: Told[] = [];
    return { told, tally: new InvalidTally((event) => told.push(event)) };
  };

  it('are told of by the first at once, and by their number when the minute is over', () => {
    const { told, tally } = begin();
    const event = { reason: 'signature', source: { ip: '192.0.2.1' } } as const;
    for (let n = 0; n < 2_000; n++) tally.add(event);
    expect(told).toEqual([event]);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([event, { ...event, count: 1_999 }]);
    tally.add(event);
    expect(told).toHaveLength(3);
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(3);
  });

  it('cost a bounded number of events, and none is left out of the count', () => {
    const one = fc.record({
      reason: fc.constantFrom('signature', 'tampered', 'format', 'time'),
      source: fc.record({ ip: fc.ipV4() }),
      handle: fc.option(fc.stringMatching(/^[0-9a-f]{4,8}$/), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 400 }), (events) => {
        const { told, tally } = begin();
        for (const { handle, ...event } of events) tally.add({ ...event, ...(handle !== undefined && { handle }) });
        tally.flush();
        expect(told.length).toBeLessThanOrEqual(2 * (50 + 4));
        expect(told.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(events.length);
      }),
    );
  });
});
