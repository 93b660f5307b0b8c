import { describe, expect, it } from 'vitest';
import type { StoreBench } from '../store-bench.js';

/** Create, read, save, renew and delete, one after the other. */
export function lifecycleCases(bench: StoreBench): void {
  describe('read', () => {
    it('finds nothing where nothing is, and that is no error', async () => {
      expect(await bench.store.read(bench.newKey())).toBeUndefined();
    });

    it('gives the version that create gave', async () => {
      const { key, version } = await bench.stored(bench.record());
      expect((await bench.mustRead(key)).version).toBe(version);
    });

    it('changes nothing: reading twice gives the same', async () => {
      const { key } = await bench.stored(bench.record({ n: 1 }));
      expect(await bench.mustRead(key)).toEqual(await bench.mustRead(key));
    });
  });

  describe('create', () => {
    it('refuses a key that is taken, and leaves what is there', async () => {
      const { key, version } = await bench.stored(bench.record({ who: 'first' }));
      expect(await bench.store.create(key, bench.record({ who: 'second' }))).toBeUndefined();
      const found = await bench.mustRead(key);
      expect(found.record.data).toEqual({ who: 'first' });
      expect(found.version).toBe(version);
    });

    it('takes a key again that was deleted', async () => {
      const { key } = await bench.stored(bench.record({ who: 'first' }));
      await bench.store.delete(key);
      expect(await bench.store.create(key, bench.record({ who: 'second' }))).toBeTypeOf('string');
      expect((await bench.mustRead(key)).record.data).toEqual({ who: 'second' });
    });
  });

  describe('save', () => {
    it('replaces what is unchanged, and names the new state', async () => {
      const { key, version } = await bench.stored(bench.record({ n: 1, gone: true }));
      const saved = await bench.store.save(key, bench.record({ n: 2 }), version);
      expect(saved).toEqual({ status: 'saved', version: expect.any(String) });
      const found = await bench.mustRead(key);
      expect(found.record.data).toEqual({ n: 2 });
      expect(saved.status === 'saved' && saved.version).toBe(found.version);
      expect(found.version).not.toBe(version);
    });

    it('names every write anew, also one of the same content', async () => {
      const record = bench.record({ n: 1 });
      const { key, version } = await bench.stored(record);
      await bench.store.save(key, record, version);
      expect(await bench.store.save(key, record, version)).toMatchObject({ status: 'changed' });
    });

    it('goes on from the version that the save before gave', async () => {
      const { key, version } = await bench.stored(bench.record({ n: 1 }));
      const first = await bench.store.save(key, bench.record({ n: 2 }), version);
      if (first.status !== 'saved') throw new Error(first.status);
      expect(await bench.store.save(key, bench.record({ n: 3 }), first.version)).toMatchObject({ status: 'saved' });
      expect((await bench.mustRead(key)).record.data).toEqual({ n: 3 });
    });

    it('writes nothing over a change, and hands back what is there', async () => {
      const { key, version } = await bench.stored(bench.record({ n: 1 }));
      await bench.store.save(key, bench.record({ n: 2 }), version);
      const refused = await bench.store.save(key, bench.record({ n: 'stale' }), version);
      if (refused.status !== 'changed') throw new Error(`a stale save was ${refused.status}`);
      expect(refused.current).toEqual(await bench.mustRead(key));
      expect(bench.session(refused.current).record.data).toEqual({ n: 2 });
      expect(await bench.store.save(key, bench.record({ n: 3 }), refused.current.version)).toMatchObject({
        status: 'saved',
      });
      expect((await bench.mustRead(key)).record.data).toEqual({ n: 3 });
    });

    it('never creates: a key that was never there', async () => {
      const { version } = await bench.stored(bench.record());
      const key = bench.newKey();
      expect(await bench.store.save(key, bench.record(), version)).toEqual({ status: 'missing' });
      expect(await bench.store.read(key)).toBeUndefined();
    });

    it('never creates: a session that was deleted', async () => {
      const { key, version } = await bench.stored(bench.record());
      await bench.store.delete(key);
      expect(await bench.store.save(key, bench.record(), version)).toEqual({ status: 'missing' });
      expect(await bench.store.read(key)).toBeUndefined();
    });

    it('is told `changed` by a session that was deleted and created again', async () => {
      const { key, version } = await bench.stored(bench.record({ n: 'old' }));
      await bench.store.delete(key);
      await bench.store.create(key, bench.record({ n: 'new' }));
      expect(await bench.store.save(key, bench.record({ n: 'stale' }), version)).toMatchObject({ status: 'changed' });
      expect((await bench.mustRead(key)).record.data).toEqual({ n: 'new' });
    });
  });

  describe('delete', () => {
    it('gives back what was there, last change included', async () => {
      const { key, version } = await bench.stored(bench.record({ n: 1 }));
      await bench.store.save(key, bench.record({ n: 2 }), version);
      const before = await bench.mustRead(key);
      expect(await bench.store.delete(key)).toEqual(before);
      expect(await bench.store.read(key)).toBeUndefined();
    });

    it('does nothing where nothing is, as often as it is called', async () => {
      const { key } = await bench.stored(bench.record());
      await bench.store.delete(key);
      expect(await bench.store.delete(key)).toBeUndefined();
      expect(await bench.store.delete(bench.newKey())).toBeUndefined();
    });

    it('touches no other session', async () => {
      const one = await bench.stored(bench.record({ who: 'one' }));
      const two = await bench.stored(bench.record({ who: 'two' }));
      await bench.store.delete(one.key);
      const found = await bench.mustRead(two.key);
      expect(found.record.data).toEqual({ who: 'two' });
      expect(found.version).toBe(two.version);
    });
  });
}
