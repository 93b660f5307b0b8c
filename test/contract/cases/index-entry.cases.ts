import { expect } from 'vitest';
import { HOUR, keysOf, type IndexCase } from '../index-bench.js';

/** Who is in, and until when. */
export const entryCases: readonly IndexCase[] = [
  {
    name: 'knows nobody in a place of which it was told nothing',
    async prove({ index, place }) {
      expect(await index.members(place)).toEqual([]);
      expect(await index.revokedBefore(place)).toBe(0);
    },
  },
  {
    name: 'lists who is in, the oldest session first, in whatever order they came',
    async prove(bench) {
      const [one, two, three] = [5, 9, 7].map((createdAt) => bench.member({ createdAt })) as never as [
        never,
        never,
        never,
      ];
      for (const member of [two, three, one]) await bench.enter(member);
      const all = [one, three, two].map((member: object) => ({ ...member, leaving: false }));
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
      await Promise.all(members.map((member, n) => bench.enter(member, {}, places[n])));
      for (const [n, place] of places.entries()) expect(await bench.staying(place)).toEqual([members[n]?.key]);
    },
  },
  {
    name: 'has a session once in a place, however often it is entered',
    async prove(bench) {
      const member = bench.member();
      for (let i = 0; i < 3; i++) expect(await bench.enter(member)).toEqual({ status: 'in', leaving: [] });
      expect(await bench.staying()).toEqual([member.key]);
    },
  },
  {
    name: 'keeps keys as they are, also of characters that mean something',
    async prove(bench) {
      const keys = ['a:b', ':', '1:2:3', 'epoch', '-_~!*()', "it's", 'A', 'a'];
      for (const key of keys) await bench.enter(bench.member({ key }));
      expect((await bench.staying()).sort()).toEqual([...keys].sort());
    },
  },
  {
    name: 'removes the one that leaves, from the one place, and nobody else',
    async prove(bench) {
      const [one, two] = [bench.member(), bench.member()];
      const other = { index: 'handle', value: 'u1' };
      await bench.enter(one);
      await bench.enter(two);
      await bench.enter(one, {}, other);
      await bench.index.leave(bench.place, one);
      expect(await bench.staying()).toEqual([two.key]);
      expect(await bench.staying(other)).toEqual([one.key]);
      await bench.index.leave(bench.place, one);
      await bench.index.leave(bench.place, bench.member());
      expect(await bench.staying()).toEqual([two.key]);
    },
  },
  {
    name: 'counts nobody whose time is over',
    async prove(bench) {
      const [short, long] = [bench.member(), bench.member()];
      await bench.enter(short, { until: bench.now + 1000 });
      await bench.enter(long);
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
        await bench.enter(member, { until });
        expect(await bench.prolong(member, { until })).toBe('in');
      }
      bench.under.clock.advance(300 * 24 * HOUR);
      expect((await bench.staying()).length).toBe(3);
    },
  },
  {
    name: 'pushes an end on, and never takes one back',
    async prove(bench) {
      const member = bench.member();
      await bench.enter(member, { until: bench.now + 1000 });
      expect(await bench.prolong(member, { until: bench.now + 3000 })).toBe('in');
      expect(await bench.prolong(member, { until: bench.now + 2000 })).toBe('in');
      await bench.enter(member, { until: bench.now + 500 });
      bench.under.clock.advance(2999);
      expect(await bench.staying()).toEqual([member.key]);
      bench.under.clock.advance(1);
      expect(await bench.staying()).toEqual([]);
    },
  },
  {
    name: 'enters nobody by pushing an end on',
    async prove(bench) {
      const [never, gone, over] = [bench.member(), bench.member(), bench.member()];
      await bench.enter(gone);
      await bench.index.leave(bench.place, gone);
      await bench.enter(over, { until: bench.now + 1 });
      bench.under.clock.advance(1);
      for (const member of [never, gone, over]) expect(await bench.prolong(member)).toBe('absent');
      expect(await bench.index.members(bench.place)).toEqual([]);
    },
  },
  {
    name: 'shows every process what another one has entered',
    shared: true,
    async prove(bench) {
      const other = await bench.under.another?.();
      const [one, two] = [bench.member(), bench.member()];
      await bench.enter(one);
      await other?.enter(bench.place, two, bench.terms());
      expect(keysOf((await other?.members(bench.place)) ?? []).sort()).toEqual([one.key, two.key].sort());
      await other?.leave(bench.place, one);
      expect(await bench.staying()).toEqual([two.key]);
    },
  },
];
