import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { SealCache } from './seal-cache.js';
import type { Opened } from './sealer.js';

describe('SealCache', () => {
  let clock: TestClock;
  let cache: SealCache;
  let opened: string[];

  const open = (seal: string, result: Partial<Opened> = {}) =>
    cache.open(seal, (text) => {
      opened.push(text);
      return {
        ok: true,
        text: '{}',
        expiresAt: clock.now() + 1_000,
        outdated: false,
        ...result,
      } as Opened;
    });

  beforeEach(() => {
    clock = new TestClock();
    cache = new SealCache(clock);
    opened = [];
  });

  it('opens a seal once, until it ends', async () => {
    for (let i = 0; i < 5; i++) await open('a');
    expect(opened).toEqual(['a']);
    clock.advance(1_000);
    await open('a');
    expect(opened).toEqual(['a', 'a']);
  });

  it('remembers what does not open as well', async () => {
    for (let i = 0; i < 5; i++) await open('bad', { ok: false, fault: 'tampered' });
    expect(opened).toEqual(['bad']);
  });

  it('keeps 5,000 at most, and of those the ones that were used last', async () => {
    for (let i = 0; i < 7_500; i++) {
      await open(`s${i}`);
      if (i % 1_000 === 0) await open('s0');
    }
    opened.length = 0;
    await open('s0');
    for (let i = 5_001; i < 7_500; i++) await open(`s${i}`);
    expect(opened).toEqual([]);
    for (let i = 1; i <= 2_500; i++) await open(`s${i}`);
    expect(opened).toHaveLength(2_500);
  });

  it('does not keep what is larger than a cookie', async () => {
    const large = 'x'.repeat(4_097);
    await open(large);
    await open(large);
    expect(opened).toHaveLength(2);
  });

  it('holds no seal, only hashes', async () => {
    await open('the seal itself');
    const held = inspect(cache, { depth: 5 });
    expect(held).toMatch(/'[\w-]{43}' => /);
    expect(held).not.toContain('the seal itself');
  });
});
