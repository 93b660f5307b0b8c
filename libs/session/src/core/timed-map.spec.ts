import { expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { TimedMap } from './timed-map.js';

it('remembers for as long as it says, whatever else is set', () => {
  const clock = new TestClock();
  const map = new TimedMap<number, string>(clock, 1000, 1_000_000);
  map.set(-1, 'kept');
  for (let n = 0; n < 10_000; n++) map.set(n, 'other');
  clock.advance(999);
  expect(map.get(-1)).toBe('kept');
  clock.advance(1001);
  expect(map.get(-1)).toBeUndefined();
});

it('forgets all at once when it is full, and says when', () => {
  const clock = new TestClock();
  const map = new TimedMap<number, string>(clock, 1000, 2);
  map.set(1, 'one');
  map.set(2, 'two');
  expect(map.forgot).toBe(-Infinity);
  map.set(3, 'three');
  expect(map.forgot).toBe(clock.now());
  expect([1, 2, 3].map((key) => map.get(key))).toEqual([undefined, undefined, 'three']);
});
