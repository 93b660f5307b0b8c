import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TestClock } from '../../../../test/support/test-clock.js';
import { nextTurn } from '../../../../test/support/next-turn.js';
import { SessionEvents, type NamedSessionEvent } from './session-events.js';

afterEach(() => vi.restoreAllMocks());

describe('SessionEvents', () => {
  it('tells every listener until it is removed, in the order that things happened', async () => {
    const events = new SessionEvents();
    const seen: string[] = [];
    const remove = events.on('login', ({ handle }) => seen.push(`a:${handle}`));
    events.on('login', ({ handle }) => seen.push(`b:${handle}`));
    events.on('logout', ({ handle }) => seen.push(`c:${handle}`));
    events.emit('login', { handle: '1' });
    events.emit('logout', { handle: '2' });
    await nextTurn();
    remove();
    events.emit('login', { handle: '3' });
    await nextTurn();
    expect(seen).toEqual(['a:1', 'b:1', 'c:2', 'b:3']);
  });

  it('tells nothing to a listener that was removed before it heard', async () => {
    const events = new SessionEvents();
    const seen: unknown[] = [];
    const remove = events.on('login', (event) => seen.push(event));
    events.emit('login', { handle: '1' });
    remove();
    await nextTurn();
    expect(seen).toEqual([]);
  });

  it('calls a function twice that listens twice', async () => {
    const events = new SessionEvents();
    const listener = vi.fn<() => void>();
    const remove = events.on('login', listener);
    events.on('login', listener);
    events.emit('login', { handle: '1' });
    await nextTurn();
    remove();
    events.emit('login', { handle: '2' });
    await nextTurn();
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it('says when, by its clock, at the time of the event', async () => {
    const clock = new TestClock(1_700_000_000_000);
    const events = new SessionEvents(clock);
    const seen: NamedSessionEvent[] = [];
    events.onAny((event) => seen.push(event));
    events.emit('logout', { handle: '1', userId: 'u1' });
    clock.advance(5_000);
    events.emit('revoked', { userId: 'u1', count: 2, actor: { userId: 'root' }, reason: 'admin' });
    await nextTurn();
    expect(seen).toEqual([
      { name: 'logout', handle: '1', userId: 'u1', at: 1_700_000_000_000 },
      { name: 'revoked', userId: 'u1', count: 2, actor: { userId: 'root' }, reason: 'admin', at: 1_700_000_005_000 },
    ]);
  });

  it('stops calling a listener of all events', async () => {
    const events = new SessionEvents();
    const seen: unknown[] = [];
    events.onAny((event) => seen.push(event))();
    events.emit('login', { handle: '1' });
    await nextTurn();
    expect(seen).toEqual([]);
  });

  it('calls no listener before the emitting code has gone on', async () => {
    const events = new SessionEvents();
    const order: string[] = [];
    events.on('login', () => order.push('listener'));
    const request = async () => {
      events.emit('login', { handle: '1' });
      await Promise.resolve();
      order.push('request');
    };
    await request();
    await nextTurn();
    expect(order).toEqual(['request', 'listener']);
  });

  it('calls listeners outside of the request, whichever was first', async () => {
    const request = new AsyncLocalStorage<string>();
    const events = new SessionEvents();
    const seen: unknown[] = [];
    events.on('login', () => seen.push(request.getStore()));
    request.run('one', () => events.emit('login', { handle: '1' }));
    request.run('two', () => events.emit('login', { handle: '2' }));
    await nextTurn();
    expect(seen).toEqual([undefined, undefined]);
  });

  it('logs listeners that fail, waits for none, and goes on', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const events = new SessionEvents();
    const seen: string[] = [];
    events.on('login', () => {
      throw new Error('sync');
    });
    events.on('login', () => Promise.reject(new Error('async')));
    events.on('login', () => new Promise(() => undefined));
    events.on('login', () => seen.push('last'));
    expect(() => events.emit('login', { handle: '1' })).not.toThrow();
    await nextTurn();
    events.emit('login', { handle: '2' });
    await nextTurn();
    await nextTurn();
    expect(seen).toEqual(['last', 'last']);
    expect(logged.mock.calls.map(([message]) => message)).toEqual(
      Array.from({ length: 4 }, () => 'A listener of the session event "login" failed'),
    );
  });

  it('lets no listener change what the next one hears', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const events = new SessionEvents();
    const seen: string[] = [];
    events.on('login', (event) => Object.assign(event, { handle: 'changed' }));
    events.on('login', ({ handle }) => seen.push(handle));
    events.emit('login', { handle: '1' });
    await nextTurn();
    expect(seen).toEqual(['1']);
  });

  it('delivers at once what is waiting, and that once', async () => {
    const events = new SessionEvents();
    const seen: string[] = [];
    events.on('login', ({ handle }) => seen.push(handle));
    events.emit('login', { handle: '1' });
    events.deliver();
    expect(seen).toEqual(['1']);
    events.emit('login', { handle: '2' });
    await nextTurn();
    expect(seen).toEqual(['1', '2']);
  });
});
