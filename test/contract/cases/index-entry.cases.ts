import { expect } from 'vitest';
import { HOUR, keysOf, type IndexCase } from '../index-bench.js';

/** Who is in, and until when. */
export const entryCases: readonly IndexCase[] = [
  {
    name: 'knows no member of an index key that nothing was added to',
    async prove({ index, place }) {
      expect(await index.members(place)).toEqual([]);
      expect(await index.revokedBefore(place)).toBe(0);
    },
  },
  {
    name: 'lists the members, the oldest session first, in whatever order they were added',
    async prove(bench) {
      const [one, two, three] = [5, 9, 7].map((createdAt) => bench.member({ createdAt })) as never as [
        never,
        never,
        never,
      ];
      for (const member of [two, three, one]) await bench.add(member);
      const all = [one, three, two].map((member: object) => ({ ...member, evicting: false }));
      expect(await bench.index.members(bench.place)).toEqual(all);
    },
  },
  {
    name: 'keeps the values of one index apart, and the indexes',
    async prove(bench) {
      const values = ['u1', 'U1', 'u1 ', '', 'u:1', 'ü', 'x'.repeat(5000), '\0', 'user:u1', '*'];
      const places = [
        ...values.map((value) => ({ index: 'user', value })),
        ...values.map((value) => ({ index: 'of.tenant', value })),
      ];
      const members = places.map(() => bench.member());
      await Promise.all(members.map((member, n) => bench.add(member, {}, places[n])));
      for (const [n, place] of places.entries()) expect(await bench.staying(place)).toEqual([members[n]?.key]);
    },
  },
  {
    name: 'has a session once, however often it is added',
    async prove(bench) {
      const member = bench.member();
      for (let i = 0; i < 3; i++) expect(await bench.add(member)).toEqual({ status: 'in', evicting: [] });
      expect(await bench.staying()).toEqual([member.key]);
    },
  },
  {
    name: 'keeps keys as they are, also of characters that mean something',
    async prove(bench) {
      const keys = ['a:b', ':', '1:2:3', 'epoch', '-_~!*()', "it's", 'A', 'a'];
      for (const key of keys) await bench.add(bench.member({ key }));
      expect((await bench.staying()).sort()).toEqual([...keys].sort());
    },
  },
  {
    name: 'removes one member from one index key, and no other',
    async prove(bench) {
      const [one, two] = [bench.member(), bench.member()];
      const other = { index: 'handle', value: 'u1' };
      await bench.add(one);
      await bench.add(two);
      await bench.add(one, {}, other);
      await bench.index.remove(bench.place, one);
      expect(await bench.staying()).toEqual([two.key]);
      expect(await bench.staying(other)).toEqual([one.key]);
      await bench.index.remove(bench.place, one);
      await bench.index.remove(bench.place, bench.member());
      expect(await bench.staying()).toEqual([two.key]);
    },
  },
  {
    name: 'does not count members that have expired',
    async prove(bench) {
      const [short, long] = [bench.member(), bench.member()];
      await bench.add(short, { until: bench.now + 1000 });
      await bench.add(long);
      bench.under.clock.advance(999);
      expect((await bench.staying()).length).toBe(2);
      bench.under.clock.advance(1);
      expect(await bench.staying()).toEqual([long.key]);
    },
  },
  {
    name: 'keeps what ends never, or later than any date',
    async prove(bench) {
      for (const until of [Infinity, Number.MAX_VALUE, 8_640_000_000_000_000]) {
        const member = bench.member();
        await bench.add(member, { until });
        expect(await bench.extend(member, { until })).toBe('in');
      }
      bench.under.clock.advance(300 * 24 * HOUR);
      expect((await bench.staying()).length).toBe(3);
    },
  },
  {
    name: 'moves an end to a later time, and never back',
    async prove(bench) {
      const member = bench.member();
      await bench.add(member, { until: bench.now + 1000 });
      expect(await bench.extend(member, { until: bench.now + 3000 })).toBe('in');
      expect(await bench.extend(member, { until: bench.now + 2000 })).toBe('in');
      await bench.add(member, { until: bench.now + 500 });
      bench.under.clock.advance(2999);
      expect(await bench.staying()).toEqual([member.key]);
      bench.under.clock.advance(1);
      expect(await bench.staying()).toEqual([]);
    },
  },
  {
    name: 'adds no member by extending it',
    async prove(bench) {
      const [never, gone, over] = [bench.member(), bench.member(), bench.member()];
      await bench.add(gone);
      await bench.index.remove(bench.place, gone);
      await bench.add(over, { until: bench.now + 1 });
      bench.under.clock.advance(1);
      for (const member of [never, gone, over]) expect(await bench.extend(member)).toBe('absent');
      expect(await bench.index.members(bench.place)).toEqual([]);
    },
  },
  {
    name: 'shows every process what another one has added',
    shared: true,
    async prove(bench) {
      const other = await bench.under.another?.();
      const [one, two] = [bench.member(), bench.member()];
      await bench.add(one);
      await other?.add(bench.place, two, bench.terms());
      expect(keysOf((await other?.members(bench.place)) ?? []).sort()).toEqual([one.key, two.key].sort());
      await other?.remove(bench.place, one);
      expect(await bench.staying()).toEqual([two.key]);
    },
  },
];
