import { describe, expect, it } from 'vitest';
import type { StoreBench } from '../store-bench.js';

const COUNT = 50;

/** Writers that meet. A store that is not atomic gets them one by one. */
export function concurrencyCases(bench: StoreBench): void {
  /** Adds one to `n`, as often as it takes. Returns how often it was told that somebody else was faster. */
  const increment = async (key: string): Promise<number> => {
    let current = await bench.mustRead(key);
    // Of writers that meet one gets through, so nobody is refused more often than there are others.
    for (let refused = 0; refused <= COUNT; refused++) {
      const n = (current.record.data['n'] as number) + 1;
      const result = await bench.store.save(key, bench.record({ n }), current.version);
      if (result.status === 'saved') return refused;
      if (result.status === 'missing') throw new Error('save() lost the session');
      current = bench.session(result.current);
    }
    throw new Error('save() refuses also those that start from what it handed back');
  };

  describe('at the same time', () => {
    it('creates: exactly one wins, and what it wrote is there', async () => {
      const key = bench.newKey();
      const versions = await bench.together(COUNT, (who) => bench.store.create(key, bench.record({ who })));
      const winners = versions.flatMap((version, who) => (version === undefined ? [] : [{ version, who }]));
      expect(winners).toHaveLength(1);
      const found = await bench.mustRead(key);
      expect(found.record.data).toEqual({ who: winners[0]?.who });
      expect(found.version).toBe(winners[0]?.version);
    });

    it('saves from one version: exactly one wins', async () => {
      const { key, version } = await bench.stored(bench.record());
      const results = await bench.together(COUNT, (who) => bench.store.save(key, bench.record({ who }), version));
      const winner = results.findIndex((result) => result.status === 'saved');
      expect(results.filter((result) => result.status === 'saved')).toHaveLength(1);
      expect(results.filter((result) => result.status === 'changed')).toHaveLength(COUNT - 1);
      expect((await bench.mustRead(key)).record.data).toEqual({ who: winner });
    });

    it(`reads, changes and saves ${COUNT} times, and loses nothing`, async () => {
      const { key } = await bench.stored(bench.record({ n: 0 }));
      await bench.together(COUNT, () => increment(key));
      expect((await bench.mustRead(key)).record.data).toEqual({ n: COUNT });
    });

    it('saves and renews: no save is undone', async () => {
      const { key } = await bench.stored(bench.record({ n: 0 }));
      await bench.together(COUNT, async (index) => {
        if (index % 2 === 0) return increment(key);
        const { record, version } = await bench.mustRead(key);
        return bench.store.renew(key, { ...record, expiresAt: record.expiresAt + index }, version);
      });
      expect((await bench.mustRead(key)).record.data).toEqual({ n: COUNT / 2 });
    });

    it('deletes, saves and renews: once deleted, nothing is ever there again', async () => {
      const { key, record, version } = await bench.stored(bench.record({ n: 0 }));
      await bench.together<unknown>(COUNT, (index) => {
        if (index === COUNT / 2) return bench.store.delete(key);
        if (index % 2 === 0) return bench.store.save(key, bench.record({ n: index }), version);
        return bench.store.renew(key, record, version);
      });
      expect(await bench.store.read(key)).toBeUndefined();
    });

    it('deletes: exactly one is told what was there', async () => {
      const { key } = await bench.stored(bench.record({ n: 1 }));
      const results = await bench.together(COUNT, () => bench.store.delete(key));
      expect(results.filter((found) => found !== undefined).map((found) => bench.session(found).record.data)).toEqual([
        { n: 1 },
      ]);
    });

    it('writes many sessions, and mixes none', async () => {
      const all = await bench.together(COUNT, (who) => bench.stored(bench.record({ who })));
      const found = await bench.together(COUNT, (who) => bench.mustRead(all[who]?.key ?? ''));
      expect(found.map(({ record }) => record.data)).toEqual(all.map((_, who) => ({ who })));
    });
  });
}
