import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { nextTurn } from '../../../../test/support/next-turn.js';
import { recordEvents, type RecordedEvent } from '../../../../test/support/record-events.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { hashSessionId } from '../core/session-id.js';
import { SessionException } from '../http/http-errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionEvents } from '../events/session-events.js';
import { resolveOptions } from '../options/resolve-options.js';
import { memoryStore } from '../stores/memory.store.js';
import type { SessionStore, StoredSession } from '../stores/session-store.js';
import { ServerEngine } from './server.engine.js';

const ID = 'an id that is long enough to be one';
const KEY = hashSessionId(ID);
const MINUTE = 60_000;

/** Only as fresh as the test says, for what the memory store would drop by itself. */
class ForgetfulStore implements SessionStore {
  constructor(readonly inner: SessionStore) {}
  stale: StoredSession | undefined;
  down = false;
  read = async (key: string) => this.stale ?? this.ask(() => this.inner.read(key));
  create = (...args: Parameters<SessionStore['create']>) => this.ask(() => this.inner.create(...args));
  save = (...args: Parameters<SessionStore['save']>) => this.ask(() => this.inner.save(...args));
  renew = (...args: Parameters<SessionStore['renew']>) => this.ask(() => this.inner.renew(...args));
  delete = (...args: Parameters<SessionStore['delete']>) => this.ask(() => this.inner.delete(...args));
  private ask<T>(call: () => Promise<T>): Promise<T> {
    return this.down ? Promise.reject(new Error('down')) : call();
  }
}

describe('ServerEngine', () => {
  let clock: TestClock;
  let store: ForgetfulStore;
  let engine: ServerEngine;
  let heard: RecordedEvent[];

  const record = (data: SessionValues = {}, more: Partial<SessionRecord> = {}): SessionRecord => ({
    data,
    cookie: { originalMaxAge: null },
    createdAt: clock.now(),
    lastSeenAt: clock.now(),
    expiresAt: 0,
    ...more,
  });
  const saved = (data: SessionValues = {}) => engine.create(ID, record(data));
  const stored = async () => (await store.inner.read(KEY))?.record.data;

  beforeEach(() => {
    clock = new TestClock();
    begin(clock);
  });

  /** @param time of the store */
  function begin(time: TestClock): void {
    store = new ForgetfulStore(memoryStore({ clock: time }));
    const events = new SessionEvents(clock);
    heard = recordEvents(events);
    engine = new ServerEngine(
      resolveOptions({ store, clock, idleTimeout: '30m', absoluteTimeout: '8h' }, {}),
      events,
      store,
    );
  }

  it('finds what it created, under a key that is not the id', async () => {
    await saved({ n: 1 });
    expect(await engine.find(ID)).toMatchObject({ status: 'live', stored: { record: { data: { n: 1 } } } });
    expect(await store.inner.read(ID)).toBeUndefined();
    expect(await stored()).toEqual({ n: 1 });
  });

  it('never adopts an id that is taken', async () => {
    await saved();
    await expect(saved()).rejects.toThrow(SessionStoreError);
  });

  it.each([
    ['idle', 31 * MINUTE, 31 * MINUTE],
    ['absolute', 481 * MINUTE, 0],
  ])(
    'ends a session that the store still has, by the %s deadline of its own fields, and says so once',
    async (reason, age, idle) => {
      // Time stands still for the store: it ends nothing by itself.
      begin(new TestClock());
      await saved({ user: { id: 'u1' } });
      const old = await store.inner.read(KEY);
      if (!old) throw new Error('not stored');
      const created = clock.now();
      clock.advance(age);
      const lastSeenAt = clock.now() - idle;
      store.stale = {
        ...old,
        record: {
          ...old.record,
          createdAt: created,
          lastSeenAt,
          expiresAt: reason === 'idle' ? lastSeenAt + 30 * MINUTE : clock.now() + MINUTE,
        },
      };
      expect(await engine.find(ID)).toEqual({ status: 'missing' });
      await nextTurn();
      expect(heard).toEqual([{ name: 'expired', handle: expect.any(String) as string, userId: 'u1', reason }]);
      expect(await stored()).toBeUndefined();
    },
  );

  it('tells of a session that is over once, whichever processes find it together', async () => {
    begin(new TestClock());
    await saved({ user: { id: 'u1' } });
    clock.advance(31 * MINUTE);
    const others = new SessionEvents(clock);
    const heardByOthers = recordEvents(others);
    const other = new ServerEngine(resolveOptions({ store, clock, idleTimeout: '30m' }, {}), others, store);
    await Promise.all([engine.find(ID), other.find(ID)]);
    await nextTurn();
    expect([...heard, ...heardByOthers].map(({ name }) => name)).toEqual(['expired']);
  });

  it('merges what two requests changed, and tells the keys that both did', async () => {
    const known = await saved({ a: 1, both: 0 });
    const change = (mine: SessionValues) =>
      engine.save(ID, { base: { a: 1, both: 0 }, mine: record(mine), stored: known });
    await change({ a: 2, both: 1 });
    const merged = await change({ a: 1, both: 2, b: 1 });
    expect(merged?.record.data).toEqual({ a: 2, b: 1, both: 2 });
    expect(await stored()).toEqual({ a: 2, b: 1, both: 2 });
    await nextTurn();
    expect(heard).toEqual([{ name: 'conflict', handle: expect.any(String) as string, keys: ['both'] }]);
  });

  it('never writes a session that was ended, in whatever way', async () => {
    const known = await saved({ a: 1 });
    await engine.delete(ID);
    expect(await engine.save(ID, { base: { a: 1 }, mine: record({ a: 2 }), stored: known })).toBeUndefined();
    expect(await engine.update(ID, known, (theirs) => theirs)).toBeUndefined();
    expect(await engine.renew(ID, known, known.record.cookie)).toBeUndefined();
    expect(await stored()).toBeUndefined();
  });

  it('renews once for requests that come together, and again for later ones', async () => {
    const known = await saved();
    const { renew } = store;
    let calls = 0;
    store.renew = (...args) => {
      calls++;
      return renew(...args);
    };
    const together = [1, 2, 3].map(() => engine.renewOnce(ID, known, known.record.cookie));
    expect(await Promise.all(together)).toEqual([true, true, true]);
    expect(calls).toBe(1);
    await engine.renewOnce(ID, known, known.record.cookie);
    expect(calls).toBe(2);
    store.down = true;
    await expect(engine.renewOnce(ID, known, known.record.cookie)).rejects.toThrow(SessionStoreError);
    store.down = false;
    expect(await engine.renewOnce(ID, known, known.record.cookie)).toBe(true);
  });

  it('retires an id for a minute in which it is known as rotated, with the last change of everybody', async () => {
    const known = await saved({ a: 1 });
    await engine.save(ID, { base: { a: 1 }, mine: record({ a: 2 }), stored: known });
    expect((await engine.retire(ID))?.record.data).toEqual({ a: 2 });
    expect(await engine.retire(ID)).toBeUndefined();
    expect(await engine.find(ID)).toEqual({ status: 'rotated' });
    clock.advance(61_000);
    expect(await engine.find(ID)).toEqual({ status: 'missing' });
  });

  it('locks for one holder, and not for ever', async () => {
    const unlock = await engine.lock(ID);
    expect(unlock).toBeTypeOf('function');
    expect(await engine.lock(ID)).toBeUndefined();
    await unlock?.();
    const second = await engine.lock(ID);
    expect(second).toBeTypeOf('function');
    clock.advance(16_000);
    const third = await engine.lock(ID);
    expect(third).toBeTypeOf('function');
    await second?.();
    expect(await engine.lock(ID)).toBeUndefined();
    await third?.();
  });

  it('tells an outage by event and by a 503 that carries no secret', async () => {
    const known = await saved();
    store.down = true;
    for (const call of [
      () => engine.find(ID),
      () => engine.create('another id that is long enough', record()),
      () => engine.save(ID, { base: {}, mine: record(), stored: known }),
      () => engine.renew(ID, known, known.record.cookie),
      () => engine.delete(ID),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(JSON.stringify(new SessionException(error as SessionStoreError).getResponse())).not.toMatch(/down|an id/);
    }
    await nextTurn();
    expect(heard.map((event) => event.name === 'storeError' && event.operation)).toEqual([
      'read',
      'create',
      'save',
      'renew',
      'delete',
    ]);
  });

  describe('lock', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());
    const LEASE = 15_000;
    /** The holder's renewals are due as well; `clock.advance()` alone is a process that stands still. */
    const pass = async (ms: number) => {
      clock.advance(ms);
      await vi.advanceTimersByTimeAsync(ms);
    };

    it('is one at a time, and its holder renews it', async () => {
      const release = await engine.lock(ID);
      for (let i = 0; i < 5; i++) await pass(LEASE / 2);
      expect(await engine.lock(ID)).toBeUndefined();
      await release?.();
      expect(await engine.lock(ID)).toBeTypeOf('function');
    });

    it('that was lost and taken by somebody else stays theirs', async () => {
      const lost = await engine.lock(ID);
      await vi.advanceTimersByTimeAsync(LEASE / 6);
      clock.advance(LEASE);
      const taken = await engine.lock(ID);
      // The renewal of the one who lost it comes first.
      await pass(LEASE / 4);
      await lost?.();
      expect(await engine.lock(ID)).toBeUndefined();
      await taken?.();
      expect(await engine.lock(ID)).toBeTypeOf('function');
    });

    it('is given back although a renewal that was carried out seemed to fail', async () => {
      const release = await engine.lock(ID);
      const { save } = store;
      store.save = (...args) => save(...args).then(() => Promise.reject(new Error('no reply')));
      await pass(LEASE / 3);
      store.save = save;
      await release?.();
      expect(await engine.lock(ID)).toBeTypeOf('function');
    });
  });
});
