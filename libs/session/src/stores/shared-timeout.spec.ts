import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { LateAnswer, Patience, SharedTimeout } from './shared-timeout.js';

const LENGTH = 100;

function begin(timeout: SharedTimeout, late: () => void = () => {}): Patience {
  const wait = new Patience(late);
  timeout.begin(wait);
  return wait;
}

describe('while this process is awake', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('calls late what has not ended in time, in the order in which it began, and once', () => {
    const timeout = new SharedTimeout(LENGTH);
    const late: string[] = [];
    begin(timeout, () => late.push('first'));
    vi.advanceTimersByTime(60);
    begin(timeout, () => late.push('second'));
    vi.advanceTimersByTime(35);
    expect(late).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(late).toEqual(['first']);
    vi.advanceTimersByTime(500);
    expect(late).toEqual(['first', 'second']);
  });

  it('says whether a wait ended in time, and how long it has lasted', () => {
    const timeout = new SharedTimeout(LENGTH);
    const [one, other] = [begin(timeout), begin(timeout)];
    expect([timeout.end(one), timeout.end(one)]).toEqual([true, false]);
    vi.advanceTimersByTime(55);
    expect(timeout.lasted(other)).toBeGreaterThanOrEqual(30);
    expect(timeout.lasted(other)).toBeLessThanOrEqual(55);
    vi.advanceTimersByTime(200);
    expect(timeout.end(other)).toBe(false);
  });

  it('keeps no timer when nothing is waited for', () => {
    const timeout = new SharedTimeout(LENGTH);
    timeout.end(begin(timeout));
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps one timer, however many commands are waited for', () => {
    const timeout = new SharedTimeout(LENGTH);
    const failures = { failed: (error: unknown) => error as Error };
    for (let n = 0; n < 100; n++) timeout.run(() => new Promise(() => {}), failures).catch(() => {});
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is late for what has not ended, and for nothing else, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ after: fc.nat(80), ends: fc.option(fc.nat(250)) }), { maxLength: 30 }),
        (plan) => {
          const timeout = new SharedTimeout(LENGTH);
          const late = new Set<number>();
          let at = 0;
          // Within the turn that a wait may take longer both are right.
          const either = (ends: number): boolean => ends >= 90 && ends <= 150;
          plan.forEach(({ after, ends }, index) => {
            at += after;
            setTimeout(() => {
              const wait = begin(timeout, () => late.add(index));
              if (ends !== null) setTimeout(() => timeout.end(wait), either(ends) ? 155 : ends);
            }, at);
          });
          vi.advanceTimersByTime(at + 1000);
          expect([...late].sort((a, b) => a - b)).toEqual(
            plan.flatMap(({ ends }, index) => (ends === null || ends >= 90 ? [index] : [])),
          );
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
    );
  });

  it('tells a command that is late so, and forgets its answer', async () => {
    const timeout = new SharedTimeout(LENGTH);
    let answer = (_text: string): void => {};
    const asked = timeout.run(() => new Promise<string>((resolve) => void (answer = resolve)), {
      failed: (error) => error as Error,
    });
    const told = asked.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(150);
    answer('too late');
    expect(await told).toEqual(new LateAnswer(LENGTH));
  });
});

describe('while this process is busy', () => {
  const compute = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  it('counts a pause of any length as one turn, and gives what is pending the rest of its time', async () => {
    const timeout = new SharedTimeout(LENGTH);
    const start = performance.now();
    const after = new Promise<number>((resolve) => begin(timeout, () => resolve(performance.now() - start)));
    compute(3 * LENGTH);
    expect(await after).toBeGreaterThan(3 * LENGTH + 0.6 * LENGTH);
  });

  it('still ends a wait in a process that is always busy', async () => {
    const timeout = new SharedTimeout(LENGTH);
    let over = false;
    begin(timeout, () => (over = true));
    let turns = 0;
    for (; !over && turns < 100; turns++) {
      compute(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBeLessThan(40);
  });
});
