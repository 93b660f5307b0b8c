import { describe, expect, it } from 'vitest';
import type { SessionRecord } from 'nest-session/store';
import type { StoreBench } from '../store-bench.js';

const MINUTE = 60_000;

/** Deadlines: what is over stays over, and renewing pushes on without harm. */
export function expiryCases(bench: StoreBench): void {
  const pushedOn = (record: SessionRecord): SessionRecord => ({
    ...record,
    lastSeenAt: record.lastSeenAt + MINUTE,
    expiresAt: record.expiresAt + MINUTE,
  });

  describe('expiry', () => {
    it('brings nothing back: save, renew and delete find an expired session missing', async () => {
      const record = bench.shortLived({ n: 1 });
      const { key, version } = await bench.stored(record);
      await bench.outlive(record);
      const late = bench.record({ n: 'late' });
      expect(await bench.store.save(key, late, version)).toEqual({ status: 'missing' });
      expect(await bench.store.renew(key, late, version)).toBeUndefined();
      expect(await bench.store.delete(key)).toBeUndefined();
      expect(await bench.store.read(key)).toBeUndefined();
    });

    it('frees the key', async () => {
      const record = bench.shortLived({ who: 'old' });
      const { key } = await bench.stored(record);
      await bench.outlive(record);
      expect(await bench.store.create(key, bench.record({ who: 'new' }))).toBeTypeOf('string');
      expect((await bench.mustRead(key)).record.data).toEqual({ who: 'new' });
    });

    it('comes with a save whose deadline is over, and frees the key', async () => {
      const { key, version } = await bench.stored(bench.record({ who: 'old' }));
      const over = bench.record({ who: 'over' }, { expiresAt: bench.now - 1_000 });
      expect(await bench.store.save(key, over, version)).toMatchObject({ status: 'saved' });
      await bench.outlive(over);
      expect(await bench.store.create(key, bench.record({ who: 'new' }))).toBeTypeOf('string');
      expect((await bench.mustRead(key)).record.data).toEqual({ who: 'new' });
    });

    it('follows a save to a later deadline', async () => {
      const record = bench.shortLived({ n: 1 });
      const { key, version } = await bench.stored(record);
      await bench.store.save(key, { ...pushedOn(record), data: { n: 2 } }, version);
      await bench.outlive(record);
      expect((await bench.mustRead(key)).record.data).toEqual({ n: 2 });
    });
  });

  describe('renew', () => {
    it('keeps the session beyond its old deadline', async () => {
      const record = bench.shortLived({ n: 1 });
      const { key, version } = await bench.stored(record);
      const renewed = pushedOn(record);
      expect(await bench.store.renew(key, renewed, version)).toBeTypeOf('string');
      await bench.outlive(record);
      const found = await bench.mustRead(key);
      expect(found.record.data).toEqual({ n: 1 });
      if (bench.store.keepsIdleDeadline) return;
      expect(found.record.expiresAt).toBe(renewed.expiresAt);
      expect(found.record.lastSeenAt).toBe(renewed.lastSeenAt);
    });

    it('gives a version that the next save goes on from', async () => {
      const { key, record, version } = await bench.stored(bench.record({ n: 1 }));
      const renewed = await bench.store.renew(key, pushedOn(record), version);
      if (renewed === undefined) throw new Error('renew() lost the session');
      expect((await bench.mustRead(key)).version).toBe(renewed);
      expect(await bench.store.save(key, bench.record({ n: 2 }), renewed)).toMatchObject({ status: 'saved' });
    });

    it('does not undo what another request saved', async () => {
      const { key, record, version } = await bench.stored(bench.record({ n: 1 }));
      await bench.store.save(key, bench.record({ n: 2 }), version);
      const after = await bench.store.renew(key, pushedOn(record), version);
      const found = await bench.mustRead(key);
      expect(found.record.data).toEqual({ n: 2 });
      expect(after).toBe(found.version);
    });

    it('never creates: a key that was never there', async () => {
      const { record, version } = await bench.stored(bench.record());
      const key = bench.newKey();
      expect(await bench.store.renew(key, pushedOn(record), version)).toBeUndefined();
      expect(await bench.store.read(key)).toBeUndefined();
    });

    it('never creates: a session that was deleted', async () => {
      const { key, record, version } = await bench.stored(bench.record());
      await bench.store.delete(key);
      expect(await bench.store.renew(key, pushedOn(record), version)).toBeUndefined();
      expect(await bench.store.read(key)).toBeUndefined();
    });
  });
}
