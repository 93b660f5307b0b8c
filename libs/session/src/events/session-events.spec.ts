import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SessionEvents } from './session-events.js';

afterEach(() => vi.restoreAllMocks());

describe('SessionEvents', () => {
  it('tells every listener until it is removed', () => {
    const events = new SessionEvents();
    const seen: string[] = [];
    const remove = events.on('login', ({ handle }) => seen.push(`a:${handle}`));
    events.on('login', ({ handle }) => seen.push(`b:${handle}`));
    events.emit('login', { handle: '1' });
    remove();
    events.emit('login', { handle: '2' });
    events.emit('logout', { handle: '3' });
    expect(seen).toEqual(['a:1', 'b:1', 'b:2']);
  });

  it('logs listeners that fail, and goes on', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const events = new SessionEvents();
    const seen: string[] = [];
    events.on('login', () => {
      throw new Error('sync');
    });
    events.on('login', () => Promise.reject(new Error('async')));
    events.on('login', () => seen.push('third'));
    expect(() => events.emit('login', { handle: '1' })).not.toThrow();
    await new Promise(setImmediate);
    expect(seen).toEqual(['third']);
    expect(logged).toHaveBeenCalledTimes(2);
  });
});
