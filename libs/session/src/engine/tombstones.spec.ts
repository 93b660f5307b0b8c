import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import type { SessionRecord } from '../core/record.js';
import { memoryStore, type MemorySessionStore } from '../stores/memory.store.js';
import type { SaveResult, SessionStore } from '../stores/session-store.js';
import { markOf, moveSession, successorOf } from './tombstones.js';

/** A store in which something happens right before a save. */
class InterruptedStore implements SessionStore {
  before: (() => Promise<unknown>) | undefined;

  constructor(readonly inner: MemorySessionStore) {}

  read = (key: string) => this.inner.read(key);
  create = (...args: Parameters<SessionStore['create']>) => this.inner.create(...args);
  renew = (...args: Parameters<SessionStore['renew']>) => this.inner.renew(...args);
  delete = (key: string) => this.inner.delete(key);

  async save(...args: Parameters<SessionStore['save']>): Promise<SaveResult> {
    const { before } = this;
    this.before = undefined;
    await before?.();
    return this.inner.save(...args);
  }
}

describe('moveSession', () => {
  const clock = new TestClock();
  let store: InterruptedStore;
  const record = (n: number): SessionRecord => ({
    data: { n },
    cookie: { originalMaxAge: null },
    createdAt: clock.now(),
    lastSeenAt: clock.now(),
    expiresAt: clock.now() + 1_000_000,
  });
  const move = (to = 'new') => moveSession(store, 'old', { key: to, make: (before) => before }, clock.now());

  beforeEach(async () => {
    store = new InterruptedStore(memoryStore({ clock }));
    await store.create('old', record(1));
  });

  it('puts the session under its new key, and a mark without data in its place', async () => {
    const moved = await move();
    expect(moved?.record.data).toEqual({ n: 1 });
    expect(await store.read('new')).toEqual(moved);
    const mark = await store.read('old');
    expect(successorOf(mark)).toBe('new');
    expect(mark?.record.data).toEqual({});
    clock.advance(60_000);
    expect(await store.read('old')).toBeUndefined();
    expect(await store.read('new')).toBeDefined();
  });

  it('leaves nothing of a session that is ended meanwhile', async () => {
    store.before = () => store.delete('old');
    expect(await move()).toBeUndefined();
    expect(store.inner.size).toBe(0);
  });

  it('takes along what is saved meanwhile', async () => {
    store.before = async () => {
      const { version = '' } = (await store.inner.read('old')) ?? {};
      await store.inner.save('old', record(2), version);
    };
    expect((await move())?.record.data).toEqual({ n: 2 });
    expect((await store.read('new'))?.record.data).toEqual({ n: 2 });
  });

  it('gives way to whoever has moved it meanwhile, or before', async () => {
    store.before = () => move('other');
    expect(await move()).toBeUndefined();
    expect(await move()).toBeUndefined();
    expect(successorOf(await store.read('old'))).toBe('other');
    expect(await store.read('new')).toBeUndefined();
    expect((await store.read('other'))?.record.data).toEqual({ n: 1 });
  });

  it('leaves the session as it was where the store fails', async () => {
    store.before = () => Promise.reject(new Error('out of order'));
    await expect(move()).rejects.toThrow('out of order');
    expect((await store.read('old'))?.record.data).toEqual({ n: 1 });
    expect(await store.read('new')).toBeUndefined();
  });

  it('moves nothing that is not there, and to no key that is taken', async () => {
    await store.create('taken', record(3));
    expect(await move('taken')).toBeUndefined();
    expect((await store.read('taken'))?.record.data).toEqual({ n: 3 });
    await store.delete('old');
    expect(await move()).toBeUndefined();
    expect(markOf(clock.now()).facts).toBeUndefined();
  });
});
