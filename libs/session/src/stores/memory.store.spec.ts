import { afterEach, describe, expect, it, vi } from 'vitest';
import { runChild } from '../../../../test/support/child.js';
import { TestClock } from '../../../../test/support/test-clock.js';
import { aRecord } from '../../../../test/support/records.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { memoryStore } from './memory.store.js';

const clock = new TestClock();
const record = () => aRecord(clock.now());

describe('memoryStore', () => {
  afterEach(() => vi.useRealTimers());

  describe('maxSessions', () => {
    it('pushes out the session that was written longest ago', async () => {
      const store = memoryStore({ clock, maxSessions: 3 });
      const a = (await store.create('a', record())) ?? '';
      await store.create('b', record());
      await store.create('c', record());
      await store.save('a', record(), a);
      await store.create('d', record());
      expect(store.size).toBe(3);
      expect(await store.read('b')).toBeUndefined();
      for (const key of ['a', 'c', 'd']) expect(await store.read(key), key).toBeDefined();
    });

    it('lets no visitors sign a user out, however many come', async () => {
      const store = memoryStore({ clock, maxSessions: 3 });
      const signedIn = aRecord(clock.now(), { data: { user: { id: 'u1' } } });
      for (const key of ['login 1', 'login 2']) await store.create(key, signedIn);
      for (let n = 0; n < 10; n++) await store.create(`visitor ${n}`, record());
      for (const key of ['login 1', 'login 2', 'visitor 9']) expect(await store.read(key), key).toBeDefined();
      expect(store.size).toBe(3);
    });

    it('evicts the oldest login where there are no visitors, and lets one visitor in beside them', async () => {
      const store = memoryStore({ clock, maxSessions: 2 });
      const signedIn = aRecord(clock.now(), { data: { user: { id: 'u1' } } });
      for (const key of ['login 1', 'login 2', 'login 3']) await store.create(key, signedIn);
      expect(await store.read('login 1')).toBeUndefined();
      for (const key of ['visitor 1', 'visitor 2']) await store.create(key, record());
      expect(await store.read('login 2')).toBeUndefined();
      expect(await store.read('visitor 1')).toBeUndefined();
      for (const key of ['login 3', 'visitor 2']) expect(await store.read(key), key).toBeDefined();
    });

    it('counts a visitor who signs in as a login from then on', async () => {
      const store = memoryStore({ clock, maxSessions: 2 });
      const version = (await store.create('a', record())) ?? '';
      await store.save('a', aRecord(clock.now(), { data: { user: { id: 'u1' } } }), version);
      for (let n = 0; n < 5; n++) await store.create(`visitor ${n}`, record());
      expect(await store.read('a')).toBeDefined();
    });

    it('keeps pushing out in that order, whatever is deleted and swept in between', async () => {
      const store = memoryStore({ clock, maxSessions: 2 });
      for (let n = 0; n < 100; n++) {
        await store.create(`${n}`, record());
        if (n % 7 === 0) await store.delete(`${n}`);
        if (n % 11 === 0) store.sweep();
      }
      expect(store.size).toBe(2);
      expect(await store.read('99')).toBeDefined();
      // 98 was deleted.
      expect(await store.read('97')).toBeDefined();
    });

    it('takes no longer for each session that it pushes out', async () => {
      const store = memoryStore({ clock, maxSessions: 50_000 });
      const fill = (name: string): number => {
        const start = performance.now();
        for (let n = 0; n < 50_000; n++) void store.create(`${name}${n}`, record());
        return performance.now() - start;
      };
      fill('warm');
      const filling = fill('first');
      // 100 times as long if each had to be looked for behind all that went before.
      expect(fill('second')).toBeLessThan(filling * 10 + 500);
      expect(store.size).toBe(50_000);
    });

    it.each([0, -1, 1.5, NaN, Infinity, '10' as unknown as number])('refuses %s', (maxSessions) => {
      expect(() => memoryStore({ maxSessions })).toThrow(SessionConfigError);
      expect(() => memoryStore({ maxSessions })).toThrow(/memoryStore\.maxSessions: must be a positive integer/);
    });
  });

  it('takes no more than twice the bytes of its records, what finds them by user included', async () => {
    const { lines } = await runChild('memory-size', [], ['--expose-gc']);
    const { taken, written } = JSON.parse(lines[0] ?? '') as { taken: number; written: number };
    expect(taken).toBeGreaterThan(written);
    expect(taken / written).toBeLessThan(2);
  });

  describe('sweeping', () => {
    it('drops what has expired, and nothing else', async () => {
      const store = memoryStore({ clock });
      await store.create('short', aRecord(clock.now(), { expiresAt: clock.now() + 10 }));
      await store.create('long', record());
      clock.advance(10);
      store.sweep();
      expect(store.size).toBe(1);
      expect(await store.read('long')).toBeDefined();
    });

    it('happens once a minute by itself, and ends with close()', async () => {
      vi.useFakeTimers();
      const store = memoryStore({ clock });
      await store.create('short', aRecord(clock.now(), { expiresAt: clock.now() + 10 }));
      clock.advance(10);
      expect(store.size).toBe(1);
      vi.advanceTimersByTime(60_000);
      expect(store.size).toBe(0);
      await store.close();
      expect(vi.getTimerCount()).toBe(0);
    });

    it('leaves no memory behind after a million expired sessions', async () => {
      const { lines } = await runChild('memory-growth', [], ['--expose-gc']);
      const { size, grown } = JSON.parse(lines[0] ?? '') as { size: number; grown: number };
      expect(size).toBe(0);
      expect(grown).toBeLessThan(2_000_000);
    }, 60_000);

    it('does not keep the process running', async () => {
      expect((await runChild('memory-idle')).lines).toEqual(['1']);
    });
  });
});
