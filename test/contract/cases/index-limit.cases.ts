import { expect } from 'vitest';
import { keysOf, type IndexCase } from '../index-bench.js';

const MANY = 100;

/** How many may be in. */
export const limitCases: readonly IndexCase[] = [
  {
    name: 'refuses whoever comes when it is full, and enters him not',
    async prove(bench) {
      const before = await bench.entered(2, { limit: 2 });
      expect(await bench.enter(bench.member(), { limit: 2 })).toEqual({ status: 'full' });
      expect(await bench.enter(bench.member(), { limit: 2, whenFull: 'refuse' })).toEqual({ status: 'full' });
      expect(await bench.index.members(bench.place)).toEqual(before.map((member) => ({ ...member, leaving: false })));
    },
  },
  {
    name: 'lets the session that was created first make room, and says which',
    async prove(bench) {
      const [oldest, younger] = await bench.entered(2);
      const late = bench.member({ createdAt: bench.now });
      expect(await bench.enter(late, { limit: 2, whenFull: 'make-room' })).toEqual({ status: 'in', leaving: [oldest] });
      expect(await bench.staying()).toEqual([younger?.key, late.key]);
      expect(await bench.leaving()).toEqual([oldest?.key]);
    },
  },
  {
    name: 'lets as many make room as are too many',
    async prove(bench) {
      const before = await bench.entered(5);
      const late = bench.member({ createdAt: bench.now });
      const entered = await bench.enter(late, { limit: 2, whenFull: 'make-room' });
      expect(entered).toEqual({ status: 'in', leaving: before.slice(0, 4) });
      expect(await bench.staying()).toEqual([before[4]?.key, late.key]);
    },
  },
  {
    name: 'names those that make room again until they are gone, for whoever died over it',
    async prove(bench) {
      const [oldest] = await bench.entered(2);
      await bench.enter(bench.member(), { limit: 2, whenFull: 'make-room' });
      expect(await bench.enter(bench.member(), { limit: 9 })).toEqual({ status: 'in', leaving: [oldest] });
      if (oldest) await bench.index.leave(bench.place, oldest);
      expect(await bench.enter(bench.member(), { limit: 9 })).toEqual({ status: 'in', leaving: [] });
    },
  },
  {
    name: 'gives a place to nobody who has made room for another',
    async prove(bench) {
      const [oldest] = await bench.entered(1);
      await bench.enter(bench.member(), { limit: 1, whenFull: 'make-room' });
      if (!oldest) throw new Error('nobody is in');
      expect(await bench.enter(oldest)).toEqual({ status: 'over', reason: 'leaving' });
      expect(await bench.prolong(oldest)).toBe('over');
      expect(await bench.leaving()).toEqual([oldest.key]);
    },
  },
  {
    name: 'keeps who is in already, full or not',
    async prove(bench) {
      const [oldest] = await bench.entered(2);
      if (!oldest) throw new Error('nobody is in');
      expect(await bench.enter(oldest, { limit: 1 })).toEqual({ status: 'in', leaving: [] });
      expect(await bench.enter(oldest, { limit: 1, whenFull: 'make-room' })).toEqual({ status: 'in', leaving: [] });
      expect((await bench.staying()).length).toBe(2);
    },
  },
  {
    name: 'gives the room of those whose time is over to others',
    async prove(bench) {
      await bench.entered(2, { until: bench.now + 1000 });
      bench.under.clock.advance(1000);
      expect(await bench.enter(bench.member(), { limit: 2 })).toEqual({ status: 'in', leaving: [] });
    },
  },
  {
    name: `lets in as many of ${MANY} at once as there is room for, and refuses the others`,
    async prove(bench) {
      const members = Array.from({ length: MANY }, () => bench.member());
      const entered = await Promise.all(members.map((member) => bench.enter(member, { limit: 3 })));
      const lucky = members.filter((_, n) => entered[n]?.status === 'in');
      expect(lucky.length).toBe(3);
      expect((await bench.staying()).sort()).toEqual(keysOf(lucky).sort());
    },
  },
  {
    name: `keeps as many of ${MANY} at once as there is room for, and names each of the others to somebody`,
    async prove(bench) {
      const members = Array.from({ length: MANY }, () => bench.member());
      const entered = await Promise.all(
        members.map((member) => bench.enter(member, { limit: 3, whenFull: 'make-room' })),
      );
      const named = entered.flatMap((one) => (one.status === 'in' ? keysOf(one.leaving) : []));
      const staying = await bench.staying();
      expect(staying.length).toBe(3);
      expect([...new Set([...named, ...staying])].sort()).toEqual(keysOf(members).sort());
      expect(named.filter((key) => staying.includes(key))).toEqual([]);
    },
  },
];
