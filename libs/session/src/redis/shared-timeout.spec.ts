import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { SharedTimeout } from './shared-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('calls late what has not ended in time, in the order in which it began, and once', () => {
  const timeout = new SharedTimeout(100);
  const late: string[] = [];
  timeout.begin(() => late.push('first'));
  vi.advanceTimersByTime(60);
  timeout.begin(() => late.push('second'));
  vi.advanceTimersByTime(39);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(3);
  expect(late).toEqual(['first']);
  vi.advanceTimersByTime(500);
  expect(late).toEqual(['first', 'second']);
});

it('says whether a wait ended in time', () => {
  const timeout = new SharedTimeout(100);
  const [one, other] = [timeout.begin(() => {}), timeout.begin(() => {})];
  expect([timeout.end(one), timeout.end(one)]).toEqual([true, false]);
  vi.advanceTimersByTime(200);
  expect(timeout.end(other)).toBe(false);
});

it('keeps no timer when nothing is waited for', () => {
  const timeout = new SharedTimeout(100);
  timeout.end(timeout.begin(() => {}));
  vi.advanceTimersByTime(200);
  expect(vi.getTimerCount()).toBe(0);
});

it('is late for what has not ended, and for nothing else, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ after: fc.nat(80), ends: fc.option(fc.nat(250)) }), { maxLength: 30 }), (plan) => {
      const timeout = new SharedTimeout(100);
      const late = new Set<number>();
      let at = 0;
      plan.forEach(({ after, ends }, index) => {
        at += after;
        setTimeout(() => {
          const wait = timeout.begin(() => late.add(index));
          // At the very moment both are right.
          if (ends !== null) setTimeout(() => timeout.end(wait), ends >= 95 && ends <= 105 ? 110 : ends);
        }, at);
      });
      vi.advanceTimersByTime(at + 1000);
      expect([...late].sort((a, b) => a - b)).toEqual(
        plan.flatMap(({ ends }, index) => (ends === null || ends >= 95 ? [index] : [])),
      );
      expect(vi.getTimerCount()).toBe(0);
    }),
  );
});
