import { describe, expect, it } from 'vitest';
import { KeyedQueue } from './keyed-queue.js';

describe('KeyedQueue', () => {
  it('runs tasks of one key in order and hands on what the one before carried', async () => {
    const queue = new KeyedQueue<number>();
    const seen: (number | undefined)[] = [];
    const task = (value: number) =>
      queue.run('a', async (carried, carry) => {
        seen.push(carried);
        await Promise.resolve();
        carry(value);
        return value;
      });
    expect(await Promise.all([task(1), task(2), task(3)])).toEqual([1, 2, 3]);
    expect(seen).toEqual([undefined, 1, 2]);
  });

  it('forgets a key that is idle', async () => {
    const queue = new KeyedQueue<number>();
    await queue.run('a', (_carried, carry) => Promise.resolve(carry(1)));
    await new Promise(setImmediate);
    expect(await queue.run('a', (carried) => Promise.resolve(carried))).toBeUndefined();
    expect((queue as unknown as { lanes: Map<string, unknown> }).lanes.size).toBeLessThanOrEqual(1);
  });

  it('goes on after a task that failed, and tells only its caller', async () => {
    const queue = new KeyedQueue<number>();
    const failed = queue.run('a', () => Promise.reject(new Error('no')));
    const next = queue.run('a', () => Promise.resolve('yes'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  it('runs different keys side by side', async () => {
    const queue = new KeyedQueue<number>();
    let release = () => {};
    const held = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    expect(await queue.run('b', () => Promise.resolve('b'))).toBe('b');
    release();
    await held;
  });
});
