import { createSecretKey } from 'node:crypto';
import expressSession from 'express-session';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../options/resolve-options.js';
import { memoryStore } from '../stores/memory.store.js';
import { resolveExpressOptions } from './resolve-express-options.js';

const secret = 'x';

describe('resolveExpressOptions', () => {
  it('has the defaults of express-session', () => {
    const { options, given } = resolveExpressOptions({ secret });
    expect(options).toMatchObject({
      name: 'connect.sid',
      cookie: { path: '/', httpOnly: true, secure: undefined, maxAge: null },
      rolling: false,
      resave: true,
      saveUninitialized: true,
      unset: 'keep',
      idleTimeout: 86_400_000,
      absoluteTimeout: Infinity,
    });
    expect(options.cookieFor).toBeUndefined();
    expect(options.store).toMatchObject({ keys: 'plain' });
    expect(given).toBeInstanceOf(expressSession.MemoryStore);
  });

  it('takes maxAge for the idle timeout', () => {
    expect(resolveExpressOptions({ secret, cookie: { maxAge: 60_000 } }).options.idleTimeout).toBe(60_000);
  });

  it.each([
    ['a string', 'x', ['x']],
    ['a list', ['x', 'y'], ['x', 'y']],
    ['bytes', Buffer.from('x'), [new Uint8Array([120])]],
    ['a key', createSecretKey(Buffer.from('x')), [Buffer.from('x')]],
  ])('takes %s for a secret', (_name, given, secrets) => {
    expect(resolveExpressOptions({ secret: given }).options.secrets).toEqual(secrets);
  });

  it('takes a store of this library as it is', async () => {
    const store = memoryStore();
    expect(resolveExpressOptions({ secret, store }).options.store).toBe(store);
    await store.close();
  });

  it.each([
    ['expires, then maxAge', { expires: new Date(0), maxAge: 5 }, 5],
    ['maxAge, then expires', { maxAge: 5, expires: new Date(8e15) }, expect.any(Number)],
    ['expires null', { maxAge: 5, expires: null }, null],
    ['maxAge undefined', { maxAge: undefined }, null],
    ['an instant that is none', { expires: new Date(NaN) }, null],
  ])('the last of expires and maxAge counts: %s', (_name, cookie, maxAge) => {
    const { options } = resolveExpressOptions({ secret, cookie });
    expect((options.cookieFor?.({} as never) ?? options.cookie).maxAge).toEqual(maxAge);
  });

  it('does not let ids of nonsense through', () => {
    const idOf = (id: unknown) =>
      resolveExpressOptions({ secret, genid: () => id as string }).options.genid?.({} as never);
    expect(idOf('short')).toBe('short');
    for (const id of [7, undefined, null, {}, '', 'a b', 'a;b', '\u0000', 'ü', 'x'.repeat(257)]) {
      expect(() => idOf(id)).toThrow(/genid/);
    }
  });
});

describe('resolveOptions of SessionModule', () => {
  it('refuses a cookie that is a function, and says why', () => {
    const cookie = (() => ({})) as never;
    expect(() => resolveOptions({ cookie }, {})).toThrow(/cookie: must be the same for every request/);
  });
});
