import { MemoryStore, type SessionData } from 'express-session';
import { RedisStore } from 'connect-redis';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { BrokenStore, SlowStore, SyncStore, type Failure } from '../../../../test/support/connect-doubles.js';
import { TestClock } from '../../../../test/support/test-clock.js';
import { aRecord, sessionIn } from '../../../../test/support/records.js';
import { META_KEY } from '../core/session-data.js';
import { SessionConfigError } from '../errors/session-config.error.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { connectStore } from './connect.store.js';
import type { ConnectStyleStore } from './connect-style-store.js';

const clock = new TestClock();
const KEY = 'kkkkkkkkkkkkkkkkkkkkkk';

/** Lets an express-session store answer as its users ask it. */
const ask = <T>(call: (callback: (error: Error | null, value?: T) => void) => void): Promise<T | undefined> =>
  new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));

describe('connectStore', () => {
  it('takes the stores that people have', () => {
    expectTypeOf<MemoryStore>().toExtend<ConnectStyleStore>();
    expectTypeOf<RedisStore>().toExtend<ConnectStyleStore>();
    expectTypeOf(connectStore(new MemoryStore()).wrapped).toEqualTypeOf<MemoryStore>();
    expect(connectStore(new MemoryStore()).wrapped).toBeInstanceOf(MemoryStore);
  });

  it.each<unknown>([undefined, null, 'redis', {}, RedisStore])('refuses what is no store: %s', (given) => {
    const store = given as ConnectStyleStore;
    expect(() => connectStore(store)).toThrow(SessionConfigError);
    expect(() => connectStore(store)).toThrow(/lacks get\(\), set\(\), destroy\(\)/);
  });

  it('refuses options that cannot be', () => {
    const options = { ids: 'clear', timeout: 0 } as unknown as { timeout: number };
    expect(() => connectStore(new SyncStore(), options)).toThrow(/connectStore\.ids: [^]*connectStore\.timeout: /);
  });

  it('says what it cannot guarantee', () => {
    const plain = connectStore(new MemoryStore(), { ids: 'plain' });
    expect(plain.limitations).toHaveLength(3);
    expect(plain.limitations[0]).toContain('MemoryStore has no conditional writes');
    expect(connectStore(new SyncStore()).limitations).toHaveLength(3);
    expect(connectStore(new SyncStore()).limitations[2]).toContain('SyncStore does not delete expired sessions');
    expect(plain.limitations[1]).toContain('MemoryStore finds sessions by their id alone');
    expect(connectStore(new SyncStore()).keys).toBe('hashed');
    expect(plain.keys).toBe('plain');
  });

  describe('what the store gets', () => {
    const given = async (store: SyncStore, record = aRecord(clock.now())): Promise<SessionData> => {
      const set = vi.spyOn(store, 'set');
      await connectStore(store, { clock }).create(KEY, record);
      return set.mock.calls[0]![1];
    };

    it('has a cookie with our deadline as expires, and keeps that it ends with the browser', async () => {
      const record = aRecord(clock.now(), { data: { a: 1 } });
      const session = await given(new SyncStore(), record);
      expect(session).toMatchObject({ a: 1 });
      expect(session.cookie.expires).toEqual(new Date(record.expiresAt));
      expect(session.cookie.originalMaxAge).toBeNull();
      expect(session.cookie.maxAge).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(session))).toMatchObject({
        cookie: { expires: new Date(record.expiresAt).toISOString(), originalMaxAge: null, sameSite: 'lax' },
      });
    });

    it('has the own expires of a cookie that the browser keeps', async () => {
      const expires = new Date(clock.now() + 5_000).toISOString();
      const { cookie } = await given(
        new SyncStore(),
        aRecord(clock.now(), { cookie: { originalMaxAge: 5_000, expires, path: '/' } }),
      );
      expect(cookie.expires).toEqual(new Date(expires));
      expect(cookie.originalMaxAge).toBe(5_000);
    });

    it('has no cookie attributes that the record lacks', async () => {
      const store = new SyncStore();
      await given(store, aRecord(clock.now(), { cookie: { originalMaxAge: null } }));
      const { cookie } = JSON.parse(store.texts.get(KEY)!) as { cookie: object };
      expect(Object.keys(cookie).sort()).toEqual(['expires', 'originalMaxAge']);
    });
  });

  describe('records that express-session wrote', () => {
    const legacy = () => ({ cookie: { originalMaxAge: null, httpOnly: true, path: '/' }, user: 'ann' });

    it('are read', async () => {
      const wrapped = new SyncStore();
      wrapped.texts.set(KEY, JSON.stringify(legacy()));
      const found = await connectStore(wrapped, { clock }).read(KEY);
      expect(found?.record).toMatchObject({ data: { user: 'ann' }, createdAt: clock.now(), lastSeenAt: 0 });
    });

    it('get their times with the first renewal, or they would never grow old', async () => {
      const wrapped = new MemoryStore();
      await ask((done) => wrapped.set(KEY, legacy() as unknown as SessionData, done));
      const store = connectStore(wrapped, { clock });
      const found = await store.read(KEY);
      const record = { ...sessionIn(found), lastSeenAt: clock.now(), expiresAt: clock.now() + 60_000 };
      const version = await store.renew(KEY, record, found!.version);
      expect(await ask((done) => wrapped.get(KEY, done))).toHaveProperty([META_KEY, 'created'], clock.now());
      expect((await store.read(KEY))?.version).toBe(version);
    });
  });

  describe('touch', () => {
    it('pushes the deadline on in the store, and the session is what it was', async () => {
      const wrapped = new MemoryStore();
      const set = vi.spyOn(wrapped, 'set');
      const store = connectStore(wrapped, { clock });
      await store.ping();
      set.mockClear();
      expect(store.keepsIdleDeadline).toBe(true);
      const record = aRecord(clock.now(), { data: { n: 1 } });
      const version = await store.create(KEY, record);
      const later = { ...record, lastSeenAt: record.lastSeenAt + 7, expiresAt: record.expiresAt + 7 };
      expect(await store.renew(KEY, later, version!)).toBe(version);
      expect(set).toHaveBeenCalledTimes(1);
      const raw = await ask<SessionData | null>((done) => wrapped.get(KEY, done));
      expect(raw?.cookie.expires).toBe(new Date(later.expiresAt).toISOString());
      expect(await store.read(KEY)).toEqual({ record: later, version });
    });

    it('is remembered here only until the session is written', async () => {
      const store = connectStore(new MemoryStore(), { clock });
      await store.ping();
      const record = aRecord(clock.now());
      const version = await store.create(KEY, record);
      await store.renew(KEY, { ...record, lastSeenAt: record.lastSeenAt + 7 }, version!);
      await store.save(KEY, record, version!);
      expect(sessionIn(await store.read(KEY)).lastSeenAt).toBe(record.lastSeenAt);
    });

    it('is a write in stores that have none, and in a RedisStore that may not touch', () => {
      expect(connectStore(new SyncStore()).keepsIdleDeadline).toBe(false);
      for (const option of [{ disableTouch: true }, { disableTTL: true }]) {
        expect(connectStore(new RedisStore({ client: {}, ...option })).keepsIdleDeadline).toBe(false);
      }
    });
  });

  describe('a store that fails', () => {
    const failures: Failure[] = ['calls back', 'throws', 'rejects', 'never answers'];

    it.each(failures)('when it %s, makes every method reject with SessionStoreError', async (failure) => {
      const store = connectStore(new BrokenStore(failure), { timeout: 20 });
      const record = aRecord(Date.now());
      const calls = [
        store.read(KEY),
        store.create(KEY, record),
        store.save(KEY, record, 'v'),
        store.renew(KEY, record, 'v'),
        store.delete(KEY),
      ];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SESSION_STORE_UNAVAILABLE' } });
        expect(String((result as PromiseRejectedResult).reason)).not.toContain(KEY);
      }
    });

    it.each(['set', 'destroy'] as const)('in %s() alone, rejects what needs it', async (operation) => {
      const wrapped = new BrokenStore('calls back', operation, 'ECONNREFUSED');
      const store = connectStore(wrapped);
      const failing = operation === 'set' ? store.create(KEY, aRecord(Date.now())) : store.delete(KEY);
      await expect(failing).rejects.toThrow(
        new SessionStoreError(`The session store BrokenStore failed in ${operation}() with ECONNREFUSED.`),
      );
      expect(await store.read(KEY)).toBeUndefined();
    });

    it('holds up no other session, and its own only until the time is up', async () => {
      const wrapped = new SyncStore();
      const store = connectStore(wrapped, { timeout: 30 });
      vi.spyOn(wrapped, 'get').mockImplementationOnce(() => undefined);
      const stuck = store.create(KEY, aRecord(Date.now()));
      const behind = store.create(KEY, aRecord(Date.now()));
      expect(await store.create('other', aRecord(Date.now()))).toBeTypeOf('string');
      await expect(stuck).rejects.toThrow('did not answer get() within 30 ms');
      expect(await behind).toBeTypeOf('string');
    });

    it('does not take ENOENT of a write for success', async () => {
      const store = connectStore(new BrokenStore('calls back', 'set', 'ENOENT'));
      await expect(store.create(KEY, aRecord(Date.now()))).rejects.toThrow(SessionStoreError);
    });
  });

  describe('a store that lost its connection', () => {
    /** One that says so, and answers nothing meanwhile. */
    class LostStore extends SlowStore {
      lost = false;
      override get(...args: Parameters<SlowStore['get']>): void {
        if (!this.lost) super.get(...args);
      }
    }

    it('is not asked for sessions, and every method rejects at once, until it says that it is back', async () => {
      const wrapped = new LostStore();
      const get = vi.spyOn(wrapped, 'get');
      const store = connectStore(wrapped);
      wrapped.lost = true;
      wrapped.emit('disconnect');
      await expect(store.read(KEY)).rejects.toThrow('The session store LostStore does not answer');
      await expect(store.create(KEY, aRecord(Date.now()))).rejects.toThrow(SessionStoreError);
      expect(get).not.toHaveBeenCalled();
      wrapped.lost = false;
      wrapped.emit('connect');
      expect(await store.read(KEY)).toBeUndefined();
      await store.close();
    });

    it('is believed to be back when a probe is answered, though it never says so', async () => {
      const wrapped = new LostStore();
      const store = connectStore(wrapped);
      wrapped.emit('disconnect');
      await expect.poll(() => store.read(KEY), { timeout: 5_000 }).toBeUndefined();
    });

    it('has no listener of ours once the application has closed, and has them again with the next one', async () => {
      const wrapped = new SlowStore();
      const store = connectStore(wrapped);
      await store.close();
      expect(wrapped.eventNames()).toEqual([]);
      await store.open();
      await store.open();
      expect([wrapped.listenerCount('disconnect'), wrapped.listenerCount('connect')]).toEqual([1, 1]);
      await store.close();
    });
  });

  describe('what is no session', () => {
    const circular: Record<string, unknown> = { cookie: {} };
    circular['self'] = circular;

    it.each([null, undefined, '', 'text', 7, [], {}, { cookie: 'x' }, circular])('is missing: %s', async (given) => {
      const wrapped = new SyncStore();
      const store = connectStore(wrapped);
      vi.spyOn(wrapped, 'get').mockImplementation((_sid, callback) => callback(null, given as unknown as SessionData));
      expect(await store.read(KEY)).toBeUndefined();
      expect(await store.save(KEY, aRecord(Date.now()), 'v')).toEqual({ status: 'missing' });
      expect(await store.renew(KEY, aRecord(Date.now()), 'v')).toBeUndefined();
      expect(wrapped.texts.size).toBe(0);
    });

    it('is missing when the store cannot parse it', async () => {
      const wrapped = new SyncStore();
      wrapped.texts.set(KEY, '{"cookie":');
      expect(await connectStore(wrapped).read(KEY)).toBeUndefined();
    });
  });

  it('keeps nothing that is over when it is written', async () => {
    const wrapped = new MemoryStore();
    const store = connectStore(wrapped, { clock });
    const version = await store.create(KEY, aRecord(clock.now()));
    const over = aRecord(clock.now(), { expiresAt: clock.now() });
    expect(await store.save(KEY, over, version!)).toMatchObject({ status: 'saved' });
    expect(await ask((done) => wrapped.length(done))).toBe(0);
  });

  it('takes two orders of the same keys for the same content', async () => {
    const wrapped = new SyncStore();
    const store = connectStore(wrapped);
    const version = await store.create(KEY, aRecord(Date.now(), { data: { a: { x: 1, y: 2 }, b: 2 } }));
    const flat = JSON.parse(wrapped.texts.get(KEY)!) as object;
    wrapped.texts.set(KEY, JSON.stringify(Object.fromEntries(Object.entries(flat).toReversed())));
    expect((await store.read(KEY))?.version).toBe(version);
  });
});
