import { expect } from 'vitest';
import { keysOf, type IndexCase } from '../index-bench.js';

const COUNT = 100;

/** How many may be in. */
export const limitCases: readonly IndexCase[] = [
  {
    name: 'refuses a session at the limit, and does not add it',
    async prove(bench) {
      const before = await bench.entered(2, { limit: 2 });
      expect(await bench.add(bench.member(), { limit: 2 })).toEqual({ status: 'full' });
      expect(await bench.add(bench.member(), { limit: 2, whenFull: 'refuse' })).toEqual({ status: 'full' });
      expect(await bench.index.members(bench.place)).toEqual(before.map((member) => ({ ...member, evicting: false })));
    },
  },
  {
    name: 'evicts the session that was created first, and names it',
    async prove(bench) {
      const [oldest, younger] = await bench.entered(2);
      const late = bench.member({ createdAt: bench.now });
      expect(await bench.add(late, { limit: 2, whenFull: 'evict' })).toEqual({ status: 'in', evicting: [oldest] });
      expect(await bench.staying()).toEqual([younger?.key, late.key]);
      expect(await bench.evicting()).toEqual([oldest?.key]);
    },
  },
  {
    name: 'evicts as many as are over the limit',
    async prove(bench) {
      const before = await bench.entered(5);
      const late = bench.member({ createdAt: bench.now });
      const entered = await bench.add(late, { limit: 2, whenFull: 'evict' });
      expect(entered).toEqual({ status: 'in', evicting: before.slice(0, 4) });
      expect(await bench.staying()).toEqual([before[4]?.key, late.key]);
    },
  },
  {
    name: 'names evicted members again until they are removed, because a process may die in between',
    async prove(bench) {
      const [oldest] = await bench.entered(2);
      await bench.add(bench.member(), { limit: 2, whenFull: 'evict' });
      expect(await bench.add(bench.member(), { limit: 9 })).toEqual({ status: 'in', evicting: [oldest] });
      if (oldest) await bench.index.remove(bench.place, oldest);
      expect(await bench.add(bench.member(), { limit: 9 })).toEqual({ status: 'in', evicting: [] });
    },
  },
  {
    name: 'never adds a session again that was evicted',
    async prove(bench) {
      const [oldest] = await bench.entered(1);
      await bench.add(bench.member(), { limit: 1, whenFull: 'evict' });
      if (!oldest) throw new Error('no member');
      expect(await bench.add(oldest)).toEqual({ status: 'over', reason: 'evicting' });
      expect(await bench.extend(oldest)).toBe('over');
      expect(await bench.evicting()).toEqual([oldest.key]);
    },
  },
  {
    name: 'keeps members that are in already, full or not',
    async prove(bench) {
      const [oldest] = await bench.entered(2);
      if (!oldest) throw new Error('no member');
      expect(await bench.add(oldest, { limit: 1 })).toEqual({ status: 'in', evicting: [] });
      expect(await bench.add(oldest, { limit: 1, whenFull: 'evict' })).toEqual({ status: 'in', evicting: [] });
      expect((await bench.staying()).length).toBe(2);
    },
  },
  {
    name: 'does not count expired members for the limit',
    async prove(bench) {
      await bench.entered(2, { until: bench.now + 1000 });
      bench.under.clock.advance(1000);
      expect(await bench.add(bench.member(), { limit: 2 })).toEqual({ status: 'in', evicting: [] });
    },
  },
  {
    name: `adds as many of ${COUNT} at once as the limit allows, and refuses the others`,
    async prove(bench) {
      const members = Array.from({ length: COUNT }, () => bench.member());
      const entered = await Promise.all(members.map((member) => bench.add(member, { limit: 3 })));
      const lucky = members.filter((_, n) => entered[n]?.status === 'in');
      expect(lucky.length).toBe(3);
      expect((await bench.staying()).sort()).toEqual(keysOf(lucky).sort());
    },
  },
  {
    name: `keeps as many of ${COUNT} at once as the limit allows, and names each of the others in one result`,
    async prove(bench) {
      const members = Array.from({ length: COUNT }, () => bench.member());
      const entered = await Promise.all(members.map((member) => bench.add(member, { limit: 3, whenFull: 'evict' })));
      const named = entered.flatMap((one) => (one.status === 'in' ? keysOf(one.evicting) : []));
      const staying = await bench.staying();
      expect(staying.length).toBe(3);
      expect([...new Set([...named, ...staying])].sort()).toEqual(keysOf(members).sort());
      expect(named.filter((key) => staying.includes(key))).toEqual([]);
    },
  },
];
