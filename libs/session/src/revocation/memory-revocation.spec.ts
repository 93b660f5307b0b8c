import { describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { memoryRevocation } from './memory-revocation.js';

const HOUR = 3_600_000;

describe('memoryRevocation', () => {
  it('refuses one more while it is full, and forgets nobody', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock, maxEntries: 3 });
    await revocation.revoke('a', clock.now() + HOUR);
    await revocation.revoke('b', Infinity);
    await revocation.revokeUser('user', 'epoch-1', clock.now() + HOUR);

    await expect(revocation.revoke('c', clock.now() + HOUR)).rejects.toThrow(SessionStoreError);
    await expect(revocation.revoke('c', clock.now() + HOUR)).rejects.toThrow(/is full: it remembers 3 .*maxEntries/);
    await expect(revocation.revokeUser('other', 'epoch', Infinity)).rejects.toThrow(SessionStoreError);

    expect(revocation.size).toBe(3);
    expect(await revocation.read('a', 'user')).toEqual({ revoked: true, epoch: 'epoch-1' });
    expect((await revocation.read('b', undefined)).revoked).toBe(true);
    expect(await revocation.read('c', 'other')).toEqual({ revoked: false, epoch: undefined });
  });

  it('still does what needs no room', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock, maxEntries: 2 });
    await revocation.revoke('a', Infinity);
    await revocation.revokeUser('user', 'epoch-1', Infinity);
    expect(await revocation.revoke('a', Infinity)).toBe(false);
    expect(await revocation.revoke('over', clock.now() - 1)).toBe(false);
    await revocation.revokeUser('user', 'epoch-2', Infinity);
    await revocation.revokeUser('over', 'epoch', clock.now() - 1);
    expect(await revocation.read('a', 'user')).toEqual({ revoked: true, epoch: 'epoch-2' });
  });

  it('makes room by what is over, sessions and users alike', async () => {
    const clock = new TestClock();
    const revocation = memoryRevocation({ clock, maxEntries: 3 });
    await revocation.revoke('short', clock.now() + 10);
    await revocation.revokeUser('short', 'epoch', clock.now() + 10);
    await revocation.revoke('long', clock.now() + HOUR);
    clock.advance(10);
    expect(await revocation.revoke('new', clock.now() + HOUR)).toBe(true);
    expect(revocation.size).toBe(2);
    await revocation.revokeUser('new', 'epoch', clock.now() + HOUR);
    expect(await revocation.read('long', 'new')).toEqual({ revoked: true, epoch: 'epoch' });
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
