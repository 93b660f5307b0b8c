import { describe, expect, it } from 'vitest';
import type { CookieRecord, SessionRecord } from 'nest-session/store';
import type { WritableRecord } from '../../../libs/session/src/core/record.js';
import type { StoreBench } from '../store-bench.js';

const VALUES: Readonly<Record<string, unknown>> = {
  unicode: 'Ünïcödé 日本語 🐘 \u0000 \u2028 \ud83d\udc68\u200d\ud83d\udc69',
  quotes: `'; DROP TABLE sessions; -- " \\ \n \r \t %s $1 ? :key`,
  empty: '',
  big: 'x'.repeat(64 * 1024),
  numbers: [0, -1, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER],
  nothing: null,
  truth: [true, false],
  nested: { a: { b: [{ c: [] }, {}, [[]]] } },
  '': 'an empty name',
  'a.b:c d/é': 'an odd name',
  hasOwnProperty: 'an inherited name',
};

// Names that isSessionId() lets through, which a store with plain ids uses as they are.
const ODD_KEYS = [
  '__proto__',
  'constructor',
  "it's",
  'a:b:c',
  'a/../b',
  '*',
  '(.+)',
  '0',
  'Case',
  'case',
  'k'.repeat(256),
];

/** What goes in comes out, and nothing is shared with the store. */
export function fidelityCases(bench: StoreBench): void {
  const roundTrip = async (record: SessionRecord): Promise<SessionRecord> => {
    const { key } = await bench.stored(record);
    return (await bench.mustRead(key)).record;
  };

  describe('what is kept', () => {
    for (const [name, value] of Object.entries(VALUES)) {
      it(`gives back ${name === '' ? 'a value without a name' : name}`, async () => {
        expect((await roundTrip(bench.record({ [name]: value }))).data).toEqual({ [name]: value });
      });
    }

    it('gives back a session without values', async () => {
      expect((await roundTrip(bench.record())).data).toEqual({});
    });

    it('gives back every time of a login', async () => {
      const times = {
        createdAt: bench.now - 5_000,
        authenticatedAt: bench.now - 4_000,
        lastSeenAt: bench.now - 3_000,
        absoluteTimeout: 86_400_000,
        expiresAt: bench.now + 123_456,
      };
      expect(await roundTrip(bench.record({}, times))).toMatchObject(times);
    });

    it('gives back no times that were not there', async () => {
      const found = await roundTrip(bench.record());
      expect(found.authenticatedAt).toBeUndefined();
      expect(found.absoluteTimeout).toBeUndefined();
    });

    it('gives back a cookie that ends with the browser', async () => {
      const { cookie } = bench.record();
      const found = await roundTrip(bench.record({}, { cookie }));
      expect({ ...found.cookie, expires: found.cookie.expires ?? null }).toEqual(cookie);
    });

    it('gives back a cookie that the browser keeps, with all its attributes', async () => {
      const cookie: CookieRecord = {
        originalMaxAge: 3_600_000,
        expires: new Date(bench.now + 3_600_000).toISOString(),
        path: '/app',
        domain: 'example.org',
        httpOnly: false,
        secure: 'auto',
        sameSite: 'none',
        partitioned: true,
        priority: 'high',
      };
      expect((await roundTrip(bench.record({}, { cookie }))).cookie).toEqual(cookie);
    });

    it('gives back the secret of a session, and all that is known of it', async () => {
      const system = {
        secret: {
          hash: 'h'.repeat(43),
          generation: 3,
          floor: 1,
          by: 'age',
          at: bench.now - 2_000,
          nonce: 'n'.repeat(22),
          was: { hash: 'w'.repeat(43), until: bench.now + 8_000 },
        },
        revokedBefore: { user: bench.now - 9_000, acted: bench.now - 8_000 },
        facts: { aal: 2, actor: { id: 7, until: bench.now + 60_000 }, suspended: { values: { n: [1] } } },
      } satisfies Partial<SessionRecord>;
      expect(await roundTrip(bench.record({}, system))).toMatchObject(system);
      const found = await roundTrip(bench.record());
      expect([found.secret, found.revokedBefore, found.facts]).toEqual([undefined, undefined, undefined]);
    });

    it('lets no name through that reaches a prototype', async () => {
      const data = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"fine":1}');
      const found = await roundTrip(bench.record(data));
      expect(Object.keys(found.data)).toEqual(['fine']);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect((found.data as { polluted?: unknown }).polluted).toBeUndefined();
    });
  });

  describe('what is no session', () => {
    const others: [string, () => WritableRecord][] = [
      ['a tombstone', () => bench.tombstone()],
      ['a tombstone of a session that moved', () => bench.tombstone({ ended: 'replaced', movedTo: 'next' })],
      ['a lock', () => bench.lock()],
    ];
    for (const [name, make] of others) {
      it(`comes back as it went: ${name}`, async () => {
        const { key, record, version } = await bench.stored(make());
        expect(await bench.store.read(key)).toEqual({ record, version });
        expect(await bench.store.create(key, bench.record())).toBeUndefined();
        const store = await bench.reopened();
        expect(await store.read(key)).toEqual({ record, version });
        expect(await store.delete(key)).toEqual({ record, version });
        expect(await store.read(key)).toBeUndefined();
      });

      it(`takes the place of a session on condition, as any write: ${name}`, async () => {
        const { key, version } = await bench.stored(bench.record({ n: 1 }));
        const record = make();
        const saved = await bench.store.save(key, record, version);
        if (saved.status !== 'saved') throw new Error(saved.status);
        const current = { record, version: saved.version };
        // A request under way that still has the session.
        expect(await bench.store.save(key, bench.record({ n: 2 }), version)).toEqual({ status: 'changed', current });
        await bench.store.renew(key, bench.record({ n: 2 }, { expiresAt: bench.now + 3_600_000 }), version);
        expect((await bench.store.read(key))?.record).toEqual(record);
      });
    }

    it('is replaced only by who has its version: a lock', async () => {
      const { key, version } = await bench.stored(bench.lock());
      const again = bench.lock({ holder: 'the same, later', expiresAt: bench.now + 30_000 });
      expect(await bench.store.save(key, again, version)).toMatchObject({ status: 'saved' });
      expect(await bench.store.save(key, bench.lock({ holder: 'another' }), version)).toMatchObject({
        status: 'changed',
        current: { record: again },
      });
    });

    it('is known to be of a later release, and stays', async () => {
      const { key, version } = await bench.stored(bench.later());
      const unknown = { record: { kind: 'unknown', expiresAt: bench.now + 60_000 }, version };
      for (let n = 0; n < 2; n++) expect(await bench.store.read(key)).toEqual(unknown);
      expect(await bench.store.create(key, bench.record())).toBeUndefined();
      expect(await bench.store.save(key, bench.record(), 'a version of another time')).toMatchObject({
        status: 'changed',
        current: unknown,
      });
      expect(await (await bench.reopened()).read(key)).toEqual(unknown);
    });
  });

  describe('what is shared', () => {
    it('is nothing that was handed in', async () => {
      const data = { list: [1] };
      const { key, version } = await bench.stored(bench.record(data));
      data.list.push(2);
      expect((await bench.mustRead(key)).record.data).toEqual({ list: [1] });
      const next = { list: [3] };
      await bench.store.save(key, bench.record(next), version);
      next.list.push(4);
      expect((await bench.mustRead(key)).record.data).toEqual({ list: [3] });
    });

    it('is nothing that was handed out', async () => {
      const { key } = await bench.stored(bench.record({ list: [1] }));
      const first = await bench.mustRead(key);
      (first.record.data['list'] as number[]).push(2);
      first.record.cookie.path = '/elsewhere';
      const second = await bench.mustRead(key);
      expect(second.record.data).toEqual({ list: [1] });
      expect(second.record.cookie.path).toBe('/');
      expect(second.version).toBe(first.version);
    });
  });

  describe('keys', () => {
    it('are kept apart, however odd', async () => {
      for (const key of ODD_KEYS) expect(await bench.store.read(key)).toBeUndefined();
      for (const key of ODD_KEYS) expect(await bench.store.create(key, bench.record({ key }))).toBeTypeOf('string');
      for (const key of ODD_KEYS) expect((await bench.mustRead(key)).record.data).toEqual({ key });
      for (const key of ODD_KEYS) expect(bench.session(await bench.store.delete(key)).record.data).toEqual({ key });
      for (const key of ODD_KEYS) expect(await bench.store.read(key)).toBeUndefined();
    });
  });

  describe('restart', () => {
    it('keeps what was acknowledged, and its versions', async () => {
      const one = await bench.stored(bench.record({ n: 1 }));
      const two = await bench.stored(bench.record({ n: 2 }));
      await bench.store.delete(two.key);
      const store = await bench.reopened();
      expect((await bench.mustRead(one.key, store)).record.data).toEqual({ n: 1 });
      expect(await store.read(two.key)).toBeUndefined();
      expect(await store.save(one.key, bench.record({ n: 3 }), one.version)).toMatchObject({ status: 'saved' });
    });
  });
}
