import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { nextTurn } from '../../../../test/support/next-turn.js';
import { recordEvents, type RecordedEvent } from '../../../../test/support/record-events.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { HeldSession } from '../engine/session-engine.js';
import { SessionException } from '../http/http-errors.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionEvents } from '../events/session-events.js';
import type { SessionModuleOptions } from '../options/session-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { memoryStore } from '../stores/memory.store.js';
import { isStoredSession, type SessionStore } from '../stores/session-store.js';
import { ServerEngine } from './server.engine.js';

const ID = 'the-name-of-a-session-';
const SECRET = 'a secret that is long enough, and then some';
const MINUTE = 60_000;

const req = {} as IncomingMessage;

/** A memory store that notes what it is asked, and can be out of order. */
class WatchedStore implements SessionStore {
  constructor(readonly inner: SessionStore) {}
  calls: string[] = [];
  down = false;
  /** What it holds was written by a later release. */
  later = false;
  read = async (key: string) => {
    const found = await this.ask('read', () => this.inner.read(key));
    return found && this.later ? { ...found, record: { kind: 'unknown', expiresAt: Infinity } as const } : found;
  };
  create = (...args: Parameters<SessionStore['create']>) => this.ask('create', () => this.inner.create(...args));
  save = async (...args: Parameters<SessionStore['save']>) => {
    if (!this.later) return this.ask('save', () => this.inner.save(...args));
    const current = await this.read(args[0]);
    return current ? ({ status: 'changed', current } as const) : ({ status: 'missing' } as const);
  };
  renew = (...args: Parameters<SessionStore['renew']>) => this.ask('renew', () => this.inner.renew(...args));
  delete = (...args: Parameters<SessionStore['delete']>) => this.ask('delete', () => this.inner.delete(...args));
  private ask<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.calls.push(name);
    return this.down ? Promise.reject(new Error('down')) : call();
  }
}

describe('ServerEngine', () => {
  let clock: TestClock;
  let store: WatchedStore;
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
  const saved = (data: SessionValues = {}) => engine.create(engine.begin(req), record(data));
  const stored = async ({ key }: HeldSession) => {
    const found = await store.inner.read(key);
    return isStoredSession(found) ? found.record.data : undefined;
  };

  beforeEach(() => {
    clock = new TestClock();
    begin(clock);
  });

  /** @param time of the store */
  function begin(time: TestClock, more: SessionModuleOptions = {}): void {
    store = new WatchedStore(memoryStore({ clock: time }));
    const events = new SessionEvents(clock);
    heard = recordEvents(events);
    const options = { store, clock, secret: SECRET, idleTimeout: '30m', absoluteTimeout: '8h', ...more } as const;
    engine = new ServerEngine(resolveOptions(options, {}), events, store);
  }

  it('finds what it created by its token, under a key that is the name and opens nothing', async () => {
    const held = await saved({ n: 1 });
    expect(await engine.find(held.token)).toMatchObject({
      status: 'live',
      held: { key: held.key, handle: held.key, stored: { record: { data: { n: 1 } } } },
    });
    expect(await engine.find(held.key)).toEqual({ status: 'missing' });
    const text = JSON.stringify(await store.inner.read(held.key));
    expect(text).not.toContain(held.token.split('.')[2]);
  });

  it('never adopts a name that is taken', async () => {
    const begun = engine.begin(req);
    await engine.create(begun, record());
    await expect(engine.create(begun, record())).rejects.toThrow(SessionStoreError);
  });

  it.each([
    ['idle', 31 * MINUTE, 31 * MINUTE],
    ['absolute', 481 * MINUTE, 0],
  ])(
    'ends a session that the store still has, by the %s deadline of its own fields, and says so once',
    async (reason, age, idle) => {
      // Time stands still for the store: it ends nothing by itself.
      begin(new TestClock());
      const { key, token, stored: old } = await saved({ user: { id: 'u1' } });
      const created = clock.now();
      clock.advance(age);
      const lastSeenAt = clock.now() - idle;
      const expiresAt = reason === 'idle' ? lastSeenAt + 30 * MINUTE : clock.now() + MINUTE;
      await store.inner.save(key, { ...old.record, createdAt: created, lastSeenAt, expiresAt }, old.version);
      expect(await engine.find(token)).toMatchObject({ status: 'missing', ending: 'expired' });
      await nextTurn();
      expect(heard).toEqual([{ name: 'expired', handle: key, userId: 'u1', reason }]);
      expect((await store.inner.read(key))?.record).toMatchObject({ kind: 'tombstone', ended: 'expired' });
    },
  );

  it('tells of a session that is over once, whichever processes find it together', async () => {
    begin(new TestClock());
    const { token } = await saved({ user: { id: 'u1' } });
    clock.advance(31 * MINUTE);
    const others = new SessionEvents(clock);
    const heardByOthers = recordEvents(others);
    const other = new ServerEngine(
      resolveOptions({ store, clock, secret: SECRET, idleTimeout: '30m' }, {}),
      others,
      store,
    );
    await Promise.all([engine.find(token), other.find(token)]);
    await nextTurn();
    expect([...heard, ...heardByOthers].map(({ name }) => name)).toEqual(['expired']);
  });

  it('does not believe a record from the future', async () => {
    const held = await saved();
    clock.advance(-10 * MINUTE);
    expect(await engine.find(held.token)).toMatchObject({ status: 'missing' });
    await nextTurn();
    expect(heard).toEqual([{ name: 'invalid', reason: 'time', handle: held.key }]);
  });

  it('merges what two requests changed, and tells the keys that both did', async () => {
    const held = await saved({ a: 1, both: 0 });
    const change = (mine: SessionValues) =>
      engine.save(held, { base: { a: 1, both: 0 }, mine, lastSeenAt: clock.now() });
    await change({ a: 2, both: 1 });
    const merged = await change({ a: 1, both: 2, b: 1 });
    expect(merged?.stored.record.data).toEqual({ a: 2, b: 1, both: 2 });
    expect(await stored(held)).toEqual({ a: 2, b: 1, both: 2 });
    await nextTurn();
    expect(heard).toEqual([{ name: 'conflict', handle: held.key, keys: ['both'] }]);
  });

  it('writes no system field from the copy of a request', async () => {
    const held = await saved({ user: { id: 'u1' } });
    await engine.update(held, (theirs) => ({
      ...theirs,
      facts: { ...theirs.facts, aal: 2 },
      revokedBefore: { user: 7 },
    }));
    const late = await engine.save(held, { base: {}, mine: { a: 1 }, lastSeenAt: clock.now() });
    expect(late?.stored.record).toMatchObject({ facts: { aal: 2 }, revokedBefore: { user: 7 }, data: { a: 1 } });
  });

  it('never writes a session that was ended, in whatever way', async () => {
    const held = await saved({ a: 1 });
    await engine.end(held, 'signed-out');
    expect(await engine.save(held, { base: { a: 1 }, mine: { a: 2 }, lastSeenAt: clock.now() })).toBeUndefined();
    expect(await engine.update(held, (theirs) => theirs)).toBeUndefined();
    expect(await engine.rotate(held, { req, by: 'proof', next: (theirs) => theirs })).toBeUndefined();
    expect(await engine.end(held, 'revoked')).toBeUndefined();
    expect((await store.inner.read(held.key))?.record).toMatchObject({ kind: 'tombstone', ended: 'signed-out' });
  });

  it('ends a session whatever its secret is, with the last change of every request', async () => {
    const held = await saved({ a: 1 });
    await engine.save(held, { base: { a: 1 }, mine: { a: 2 }, lastSeenAt: clock.now() });
    await engine.rotate(held, { req, by: 'asked', next: (theirs) => theirs });
    expect((await engine.end(held, 'signed-out'))?.record.data).toEqual({ a: 2 });
  });

  it.each(['replaced', 'signed-out'] as const)(
    'lets a late request begin nothing after %s, for a minute',
    async (ending) => {
      const held = await saved();
      await engine.end(held, ending);
      expect(await engine.find(held.token)).toMatchObject({ status: 'replaced' });
      clock.advance(61_000);
      expect(await engine.find(held.token)).toEqual({ status: 'missing' });
    },
  );

  it.each(['revoked', 'auth-version', 'evicted', 'expired'] as const)(
    'tells why a session is over: %s',
    async (ending) => {
      const held = await saved();
      await engine.end(held, ending);
      expect(await engine.find(held.token)).toMatchObject({ status: 'missing', ending });
      clock.advance(61_000);
      // A device that made room for another one is told for as long as its session would have lived.
      expect(await engine.find(held.token)).toMatchObject({ status: 'missing' });
      expect('ending' in (await engine.find(held.token))).toBe(ending === 'evicted');
    },
  );

  it('neither reads nor overwrites what a later release has written', async () => {
    const held = await saved();
    const { rotate } = { rotate: () => engine.rotate(held, { req, by: 'asked', next: (theirs) => theirs }) };
    store.later = true;
    expect(await engine.find(held.token)).toEqual({ status: 'missing' });
    expect(await rotate()).toBeUndefined();
    expect(await engine.end(held, 'signed-out')).toBeUndefined();
    await nextTurn();
    expect(heard).toEqual([{ name: 'invalid', reason: 'version', handle: held.key }]);
  });

  describe('a rotation', () => {
    const rotate = (held: HeldSession, by: 'age' | 'asked' | 'proof', proves?: number) =>
      engine.rotate(held, { req, by, next: (theirs) => theirs, ...(proves !== undefined && { proves }) });

    it('puts another secret under the same name, by one save, and the one before opens nothing', async () => {
      const held = await saved({ a: 1 });
      store.calls = [];
      const next = await rotate(held, 'proof');
      expect(store.calls).toEqual(['save']);
      expect(next).toMatchObject({ key: held.key, generation: 1 });
      expect(next?.send).not.toBe(held.token);
      expect(engine.idOf(next ?? held)).toBe(`${held.key}.1`);
      expect(await engine.find(next?.send ?? '')).toMatchObject({ status: 'live' });
      expect(await engine.find(held.token)).toMatchObject({ status: 'replaced' });
      await expect(engine.save(held, { base: {}, mine: { b: 1 }, lastSeenAt: 0 })).rejects.toThrow(SessionRotatedError);
    });

    it('of two requests that prove the same gives both one secret', async () => {
      const held = await saved();
      const [one, other] = await Promise.all([rotate(held, 'proof', 2), rotate(held, 'proof', 2)]);
      expect(one?.send).toBeDefined();
      expect(other?.send).toBe(one?.send);
    });

    it('gives no request the secret of one that has proved more, or has proved nothing itself', async () => {
      const held = await saved();
      const elevate = { req, by: 'proof', proves: 2 } as const;
      await engine.rotate(held, { ...elevate, next: (theirs) => ({ ...theirs, facts: { aal: 2 } }) });
      await expect(rotate(held, 'proof', 1)).rejects.toThrow(SessionRotatedError);
      await expect(rotate(held, 'asked')).rejects.toThrow(SessionRotatedError);
      expect(await rotate(held, 'proof', 2)).toBeDefined();
    });

    it('joins none that was asked for without a proof', async () => {
      const held = await saved();
      await rotate(held, 'asked');
      await expect(rotate(held, 'proof', 2)).rejects.toThrow(SessionRotatedError);
    });

    it('by age lets requests with the secret before go on for the grace, and gives them the new one', async () => {
      const held = await saved();
      const next = await rotate(held, 'age');
      const late = await engine.find(held.token);
      expect(late).toMatchObject({ status: 'live', held: { send: next?.send } });
      const written =
        late.status === 'live' && (await engine.save(late.held, { base: {}, mine: { late: 1 }, lastSeenAt: 0 }));
      expect(written).toMatchObject({ send: next?.send, stored: { record: { data: { late: 1 } } } });
      expect(engine.idOf(next ?? held)).toBe(`${held.key}.0`);
      clock.advance(11_000);
      expect(await engine.find(held.token)).toMatchObject({ status: 'replaced' });
    });

    it('by age happens once for requests that find it due together', async () => {
      const held = await saved();
      const [one, other] = await Promise.all([rotate(held, 'age'), rotate(held, 'age')]);
      expect(other?.send).toBe(one?.send);
      const found = await engine.find(one?.send ?? '');
      expect(found).toMatchObject({ status: 'live', held: { stored: { record: { secret: { generation: 1 } } } } });
    });

    it('tells a token that comes back long after it was replaced, with its user, once', async () => {
      const held = await saved({ user: { id: 'u1' } });
      const next = await rotate(held, 'proof');
      clock.advance(2 * MINUTE);
      expect(await engine.find(held.token)).toMatchObject({ status: 'missing' });
      await engine.find(held.token);
      await nextTurn();
      expect(heard).toEqual([{ name: 'reuse', handle: held.key, userId: 'u1', by: 'proof', age: 2 * MINUTE }]);
      expect(await engine.find(next?.send ?? '')).toMatchObject({ status: 'live' });
    });

    it("ends the session of a token that comes back, with onReuse: 'end'", async () => {
      begin(clock, { onReuse: 'end' });
      const held = await saved({ user: { id: 'u1' } });
      const next = await rotate(held, 'proof');
      clock.advance(2 * MINUTE);
      await engine.find(held.token);
      await nextTurn();
      expect(heard.map(({ name, reason }) => [name, reason])).toContainEqual(['revoked', 'reuse']);
      expect(await engine.find(next?.send ?? '')).toMatchObject({ status: 'missing', ending: 'revoked' });
    });

    it('tells a token that the store does not know yet: it has lost writes', async () => {
      const held = await saved();
      const next = await rotate(held, 'proof');
      const { record: now, version } = (await store.inner.read(held.key)) ?? { version: '' };
      if (now) await store.inner.save(held.key, held.stored.record, version);
      expect(await engine.find(next?.send ?? '')).toMatchObject({ status: 'missing' });
      await nextTurn();
      expect(heard).toEqual([{ name: 'invalid', reason: 'ahead', handle: held.key }]);
    });
  });

  it('renews once for requests that come together, and again for later ones', async () => {
    const held = await saved();
    store.calls = [];
    const together = [1, 2, 3].map(() => engine.renew(held));
    expect(await Promise.all(together)).toEqual([true, true, true]);
    expect(store.calls).toEqual(['renew']);
    await engine.renew(held);
    expect(store.calls).toEqual(['renew', 'renew']);
    store.down = true;
    await expect(engine.renew(held)).rejects.toThrow(SessionStoreError);
    store.down = false;
    expect(await engine.renew(held)).toBe(true);
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
    const held = await saved();
    store.down = true;
    for (const call of [
      () => engine.find(held.token),
      () => engine.create(engine.begin(req), record()),
      () => engine.save(held, { base: {}, mine: {}, lastSeenAt: 0 }),
      () => engine.renew(held),
      () => engine.end(held, 'signed-out'),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SessionStoreError);
      expect(JSON.stringify(new SessionException(error as SessionStoreError).getResponse())).not.toContain('down');
    }
    await nextTurn();
    expect(heard.map((event) => event.name === 'storeError' && event.operation)).toEqual([
      'read',
      'create',
      'save',
      'renew',
      'save',
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

    it('that was lost and taken by another request stays theirs', async () => {
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
