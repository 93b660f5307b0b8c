import { describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { memoryRevocation } from './memory-revocation.js';

const HOUR = 3_600_000;
const over = (until: number) => ({ least: Infinity, by: 'asked', over: 'revoked', until }) as const;

describe('memoryRevocation', () => {
  it('refuses one more while it is full, and forgets nothing', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock, maxEntries: 3 });
    await revocation.raise('a', over(clock.now() + HOUR));
    await revocation.raise('b', over(Infinity));
    await revocation.revokeBefore('user', 1, clock.now() + HOUR);
    await expect(revocation.raise('c', over(clock.now() + HOUR))).rejects.toThrow(SessionStoreError);
    await expect(revocation.raise('c', over(clock.now() + HOUR))).rejects.toThrow(
      /is full: it remembers 3 .*maxEntries/,
    );
    await expect(revocation.revokeBefore('other', 1, Infinity)).rejects.toThrow(SessionStoreError);
    expect(revocation.size).toBe(3);
    expect(await revocation.read('a', ['user'])).toMatchObject({ entry: { over: 'revoked' }, revokedBefore: [1] });
    expect((await revocation.read('b', [])).entry?.over).toBe('revoked');
    expect(await revocation.read('c', ['other'])).toEqual({ revokedBefore: [0] });
  });

  it('still does what needs no room', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock, maxEntries: 2 });
    await revocation.raise('a', { least: 1, by: 'proof', until: Infinity });
    await revocation.revokeBefore('user', 1, Infinity);
    expect((await revocation.raise('a', over(Infinity)))?.least).toBe(1);
    expect(await revocation.raise('past', over(clock.now() - 1))).toBeUndefined();
    await revocation.revokeBefore('user', 2, Infinity);
    await revocation.revokeBefore('past', 1, clock.now() - 1);
    expect(await revocation.read('a', ['user'])).toMatchObject({ entry: { over: 'revoked' }, revokedBefore: [2] });
  });

  it('makes room by what is over, sessions and users alike', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock, maxEntries: 3 });
    await revocation.raise('short', over(clock.now() + 10));
    await revocation.revokeBefore('short', 1, clock.now() + 10);
    await revocation.raise('long', over(clock.now() + HOUR));
    clock.advance(10);
    expect(await revocation.raise('new', over(clock.now() + HOUR))).toBeUndefined();
    expect(revocation.size).toBe(2);
    await revocation.revokeBefore('new', 1, clock.now() + HOUR);
    expect(await revocation.read('long', ['new'])).toMatchObject({ entry: { over: 'revoked' }, revokedBefore: [1] });
  });

  it('says what it cannot guarantee', () => {
    const { limitations } = memoryRevocation();
    expect(limitations.join('\n')).toMatch(/one process only[^]*forgets at a restart/);
  });

  it('tells whether it may be used in production', () => {
    expect(memoryRevocation().allowInProduction).toBe(false);
    expect(memoryRevocation({ allowInProduction: true }).allowInProduction).toBe(true);
  });

  it.each([0, -1, 1.5, NaN, Infinity, '10' as unknown as number])('refuses maxEntries %s', (maxEntries) => {
    expect(() => memoryRevocation({ maxEntries })).toThrow(SessionConfigError);
    expect(() => memoryRevocation({ maxEntries })).toThrow(/memoryRevocation\.maxEntries: must be a positive integer/);
  });

  it('tells every problem of its options at once', () => {
    const wrong = { maxEntries: 0, allowInProduction: 'yes', clock: {}, maxSessions: 1 } as object;
    const paths = ['maxSessions', 'maxEntries', 'allowInProduction', 'clock'];
    expect(() => memoryRevocation(wrong)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^memoryRevocation\(\) cannot start, 4 problems/),
        problems: paths.map((name) => expect.objectContaining({ path: `memoryRevocation.${name}` })),
      }),
    );
  });
});
