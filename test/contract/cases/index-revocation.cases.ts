import { expect } from 'vitest';
import { HOUR, keysOf, type IndexCase } from '../index-bench.js';

const MANY = 50;

/** What stands against a place. */
export const epochCases: readonly IndexCase[] = [
  {
    name: 'tells what stands against a place, and against no other',
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
      expect(await bench.enter(bench.member(), { revokedBefore: time - 1 })).toMatchObject({ status: 'over' });
      expect(await bench.enter(bench.member(), { revokedBefore: time })).toMatchObject({ status: 'in' });
    },
  },
  {
    name: 'never goes back, whoever comes last',
    async prove(bench) {
      const times = Array.from({ length: 20 }, (_, n) => 1000 + ((n * 7) % 20));
      await Promise.all(times.map((time) => bench.index.revokeBefore(bench.place, time, bench.now + HOUR)));
      await bench.index.revokeBefore(bench.place, 5, bench.now + HOUR);
      expect(await bench.index.revokedBefore(bench.place)).toBe(1019);
    },
  },
  {
    name: 'gives who is in, and leaves them in until somebody has deleted their records',
    async prove(bench) {
      const before = await bench.entered(3);
      const given = await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      expect(given).toEqual(before.map((member) => ({ ...member, leaving: false })));
      expect(await bench.staying()).toEqual(keysOf(before));
    },
  },
  {
    name: 'enters nobody who began before, not in another one’s place either',
    async prove(bench) {
      const [before] = await bench.entered(1);
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      const over = { status: 'over', reason: 'ended' };
      expect(await bench.enter(bench.member(), { revokedBefore: 999 })).toEqual(over);
      expect(await bench.staying()).toEqual([before?.key]);
      const after = bench.member();
      expect(await bench.enter(after, { revokedBefore: 1000 })).toEqual({ status: 'in', leaving: [] });
    },
  },
  {
    name: 'tells whoever pushes the end of an earlier session on that it is over',
    async prove(bench) {
      const [before] = await bench.entered(1);
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      if (!before) throw new Error('nobody is in');
      expect(await bench.prolong(before, { revokedBefore: 999 })).toBe('over');
      expect(await bench.prolong(bench.member(), { revokedBefore: 999 })).toBe('over');
      expect(await bench.prolong(before, { revokedBefore: 1000 })).toBe('in');
    },
  },
  {
    name: 'remembers what stands against a place when nobody is in it any more',
    async prove(bench) {
      const [one] = await bench.entered(1, { until: bench.now + 1000 });
      await bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      if (one) await bench.index.leave(bench.place, one);
      bench.under.clock.advance(HOUR - 1);
      expect(await bench.index.members(bench.place)).toEqual([]);
      expect(await bench.index.revokedBefore(bench.place)).toBe(1000);
      expect(await bench.enter(bench.member(), { revokedBefore: 0 })).toMatchObject({ status: 'over' });
    },
  },
  {
    name: `names every one of ${MANY} that enter at once, or tells him that he is over`,
    async prove(bench) {
      const members = Array.from({ length: MANY }, () => bench.member());
      const half = members.length / 2;
      const early = members.slice(0, half).map((member) => bench.enter(member));
      const advanced = bench.index.revokeBefore(bench.place, 1000, bench.now + HOUR);
      const late = members.slice(half).map((member) => bench.enter(member));
      const entered = await Promise.all([...early, ...late]);
      const named = keysOf(await advanced);
      const inside = members.filter((_, n) => entered[n]?.status === 'in');
      expect(keysOf(inside).filter((key) => !named.includes(key))).toEqual([]);
      expect(entered.some(({ status }) => status === 'over')).toBe(true);
    },
  },
];
