import { expect, it } from 'vitest';
import { describeDeadline, describePast } from './moments.js';

const now = Date.UTC(2026, 2, 6, 14, 5);
const MINUTE = 60_000;

it.each([
  [-1, 'in less than a minute'],
  [59_999, 'in less than a minute'],
  [MINUTE, 'in 1 minute'],
  [30 * MINUTE - 40, 'in 30 minutes'],
  [8 * 60 * MINUTE, 'in 8 hours'],
  [14 * 1_440 * MINUTE - 500, 'in 14 days'],
])('says what is left of %i ms', (left, words) => {
  expect(describeDeadline(now + left, now).relative).toBe(words);
});

it.each([
  [-5_000, 'just now'],
  [59_999, 'just now'],
  [MINUTE, '1 minute ago'],
  [30 * MINUTE + 40, '30 minutes ago'],
  [8 * 60 * MINUTE, '8 hours ago'],
  [14 * 1_440 * MINUTE, '14 days ago'],
])('says how long ago %i ms are', (passed, words) => {
  expect(describePast(now - passed, now).ago).toBe(words);
});

it('names the time, whatever the zone of the machine', () => {
  expect(describeDeadline(now, now)).toMatchObject({
    iso: '2026-03-06T14:05:00.000Z',
    text: '6 March 2026 at 14:05 UTC',
  });
});
