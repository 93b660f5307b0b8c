import { expect } from 'vitest';
import { HOUR, keysOf, type IndexCase } from '../index-bench.js';

const COUNT = 50;

/** What stands against a place. */
export const epochCases: readonly IndexCase[] = [
  {
    name: 'tells the revocation time of one index key, and of no other',
    async prove(bench) {
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      expect(await bench.index.revokedBefore(bench.place)).toBe(1000);
      expect(await bench.index.revokedBefore({ index: 'user', value: 'u2' })).toBe(0);
      expect(await bench.index.revokedBefore({ index: 'of.tenant', value: 'u1' })).toBe(0);
    },
  },
  {
    name: 'keeps times of day exactly',
    async prove(bench) {
      const time = Math.floor(bench.now);
      await bench.index.revokeBefore(bench.place, time, bench.now + HOUR);
      expect(await bench.index.revokedBefore(bench.place)).toBe(time);
      expect(await bench.add(bench.member(), { revokedBefore: time - 1 })).toMatchObject({ status: 'over' });
      expect(await bench.add(bench.member(), { revokedBefore: time })).toMatchObject({ status: 'in' });
    },
  },
  {
    name: 'never goes back, whichever call comes last',
    async prove(bench) {
      const times = Array.from({ length: 20 }, (_, n) => 1000 + ((n * 7) % 20));
      await Promise.all(times.map((time) => bench.index.revokeBefore(bench.place, time, bench.now + HOUR)));
      await bench.index.revokeBefore(bench.place, 5, bench.now + HOUR);
      expect(await bench.index.revokedBefore(bench.place)).toBe(1019);
    },
  },
  {
    name: 'returns the members, and keeps them until their records were deleted',
    async prove(bench) {
      const before = await bench.entered(3);
      const given = await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      expect(given).toEqual(before.map((member) => ({ ...member, evicting: false })));
      expect(await bench.staying()).toEqual(keysOf(before));
    },
  },
  {
    name: 'adds no session that began before, not in place of another one either',
    async prove(bench) {
      const [before] = await bench.entered(1);
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      const over = { status: 'over', reason: 'ended' };
      expect(await bench.add(bench.member(), { revokedBefore: 999 })).toEqual(over);
      expect(await bench.staying()).toEqual([before?.key]);
      const after = bench.member();
      expect(await bench.add(after, { revokedBefore: 1000 })).toEqual({ status: 'in', evicting: [] });
    },
  },
  {
    name: 'says that an earlier session is over when it is extended',
    async prove(bench) {
      const [before] = await bench.entered(1);
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      if (!before) throw new Error('nobody is in');
      expect(await bench.extend(before, { revokedBefore: 999 })).toBe('over');
      expect(await bench.extend(bench.member(), { revokedBefore: 999 })).toBe('over');
      expect(await bench.extend(before, { revokedBefore: 1000 })).toBe('in');
    },
  },
  {
    name: 'remembers a revocation when no member is left',
    async prove(bench) {
      const [one] = await bench.entered(1, { until: bench.now + 1000 });
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      if (one) await bench.index.remove(bench.place, one);
      bench.under.clock.advance(HOUR - 1);
      expect(await bench.index.members(bench.place)).toEqual([]);
      expect(await bench.index.revokedBefore(bench.place)).toBe(1000);
      expect(await bench.add(bench.member(), { revokedBefore: 0 })).toMatchObject({ status: 'over' });
    },
  },
  {
    name: `names every one of ${COUNT} that are added at once, or says that it is over`,
    async prove(bench) {
      const members = Array.from({ length: COUNT }, () => bench.member());
      const half = members.length / 2;
      const early = members.slice(0, half).map((member) => bench.add(member));
      const advanced = bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      const late = members.slice(half).map((member) => bench.add(member));
      const entered = await Promise.all([...early, ...late]);
      const named = keysOf(await advanced);
      const inside = members.filter((_, n) => entered[n]?.status === 'in');
      expect(keysOf(inside).filter((key) => !named.includes(key))).toEqual([]);
      expect(entered.some(({ status }) => status === 'over')).toBe(true);
    },
  },
];
