import type { IncomingMessage } from 'node:http';
import { MemoryStore } from 'express-session';
import { describe, expect, it } from 'vitest';
import { SessionConfigError } from '../errors/session-config.error.js';
import { connectStore } from '../stores/connect.store.js';
import { memoryStore } from '../stores/memory.store.js';
import { resolveOptions } from './resolve-options.js';
import type { SessionModuleOptions } from './session-options.js';

const production = { NODE_ENV: 'production' };
const secret = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
const store = memoryStore({ allowInProduction: true });

const plain = connectStore(new MemoryStore(), { ids: 'plain' });

const problemsOf = (options: object, env: Record<string, string> = {}): string[] => {
  try {
    resolveOptions(options, env);
    return [];
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    return error.problems.map(({ path }) => path);
  }
};

describe('defaults', () => {
  it('work in development, said in one line', () => {
    const options = resolveOptions({}, {});
    expect(options).toMatchObject({ name: 'sid', idleTimeout: 1_800_000, absoluteTimeout: 28_800_000, rolling: false });
    expect(options.cookie).toMatchObject({ secure: false, httpOnly: true, sameSite: 'lax', path: '/', maxAge: null });
    expect(options.secrets[0]).toMatch(/^[\w-]{43}$/);
    expect(options.notices).toEqual([expect.stringMatching(/random secret.*memory store.*without Secure/)]);
  });

  it('make a new secret each time', () => {
    expect(resolveOptions({}, {}).secrets).not.toEqual(resolveOptions({}, {}).secrets);
  });

  it('are refused in production, all problems at once, with path and fix and without the secret', () => {
    expect(problemsOf({}, production)).toEqual(['secret', 'store']);
    expect(() => resolveOptions({ secret: 'hunter2 hunter2' }, production)).toThrow(
      /secret: has 15 characters and needs 32.*openssl/s,
    );
    expect(() => resolveOptions({ secret: 'hunter2 hunter2' }, production)).not.toThrow(/hunter2/);
  });

  it('are __Host- and Secure in production', () => {
    const options = resolveOptions({ secret, store }, production);
    expect(options).toMatchObject({ name: '__Host-sid', cookie: { secure: true } });
    expect(options.notices).toEqual([]);
    expect(resolveOptions({ secret, store, cookie: { domain: 'example.com' } }, production).name).toBe('__Secure-sid');
  });

  it('are frozen and normalized once', () => {
    const options = resolveOptions({ idleTimeout: '10m', absoluteTimeout: false, cookie: { maxAge: '10m' } }, {});
    expect(Object.isFrozen(options) && Object.isFrozen(options.cookie) && Object.isFrozen(options.secrets)).toBe(true);
    expect(options).toMatchObject({ idleTimeout: 600_000, absoluteTimeout: Infinity, cookie: { maxAge: 600_000 } });
  });
});

describe('what is refused at start', () => {
  const cases: [string, object, string[]][] = [
    ['unknown options', { sercet: 'x' }, ['sercet']],
    ['express-session stores', { store: new MemoryStore() }, ['store']],
    ['things that are no store', { store: {} }, ['store']],
    ['an empty list of secrets', { secret: [] }, ['secret']],
    ['secrets of another type', { secret: [secret, 7] }, ['secret[1]']],
    ['the same secret twice', { secret: [secret, secret] }, ['secret[1]']],
    ['durations that are none', { idleTimeout: 'soon', absoluteTimeout: -1 }, ['idleTimeout', 'absoluteTimeout']],
    ['an idle timeout over the absolute one', { idleTimeout: '9h' }, ['idleTimeout']],
    ['a cookie over the absolute timeout', { cookie: { maxAge: '30d' } }, ['cookie.maxAge']],
    ['two idle timeouts', { idleTimeout: '1h', cookie: { maxAge: '2h' } }, ['idleTimeout']],
    ['flags that are no booleans', { rolling: 'yes', lazy: 1, proxy: 'x' }, ['rolling', 'lazy', 'proxy']],
    ['words that mean nothing', { unset: 'delete', onStoreError: 'ignore' }, ['unset', 'onStoreError']],
    ['a resolve that is no function', { resolve: true }, ['resolve']],
    ['a genid that is no function', { genid: 'x' }, ['genid']],
    ['a genid that repeats itself', { genid: () => 'x'.repeat(30) }, ['genid']],
    ['a genid of short names', { genid: () => crypto.randomUUID().slice(0, 7) }, ['genid']],
    ['a genid of long names', { genid: () => crypto.randomUUID() + 'x'.repeat(29) }, ['genid']],
    ['a genid of names with other letters', { genid: () => `${crypto.randomUUID()}.` }, ['genid']],
    ['a genid that makes no string', { genid: () => performance.now() }, ['genid']],
    ['plain ids that are UUIDs', { store: plain, genid: () => crypto.randomUUID() }, ['genid']],
    ['plain ids that repeat themselves', { store: plain, genid: () => 'x'.repeat(30) }, ['genid']],
    ['short plain ids', { store: plain, genid: () => crypto.randomUUID().slice(0, 21) }, ['genid']],
    ['secrets renewed by age beside plain ids', { store: plain, rotateAfter: '1h' }, ['rotateAfter']],
    ['names that are none', { name: 'a b' }, ['name']],
    ['names with a line break', { name: 'sid\r\nX: y' }, ['name']],
    ['__Host- with a domain', { name: '__Host-x', cookie: { domain: 'example.com' } }, ['name']],
    ['__Host- with a path', { name: '__Host-x', cookie: { path: '/app' } }, ['name']],
    ['__Host- without Secure', { name: '__Host-x', cookie: { secure: false } }, ['name']],
    ['__HOST-', { name: '__HOST-x' }, ['name']],
    ['__Secure- without Secure', { name: '__Secure-x', cookie: { secure: 'auto' } }, ['name']],
    ['sameSite none without Secure', { cookie: { sameSite: 'none', secure: false } }, ['cookie.sameSite']],
    ['sameSite that is none', { cookie: { sameSite: 'LAX ' } }, ['cookie.sameSite']],
    ['scripts that read the cookie', { cookie: { httpOnly: false } }, ['cookie.httpOnly']],
    ['a path with an attribute in it', { cookie: { path: '/; Domain=evil.com' } }, ['cookie.path']],
    ['a path with a line break', { cookie: { path: '/\r\n' } }, ['cookie.path']],
    ['a relative path', { cookie: { path: 'app' } }, ['cookie.path']],
    ['a domain with a port', { cookie: { domain: 'example.com:80' } }, ['cookie.domain']],
    ['a domain with an attribute in it', { cookie: { domain: 'a.com; Path=/x' } }, ['cookie.domain']],
    ['partitioned alone', { cookie: { partitioned: true, sameSite: 'lax' } }, ['cookie.partitioned']],
    ['a priority that is none', { cookie: { priority: 'urgent' } }, ['cookie.priority']],
    ['one expiry for all', { cookie: { expires: new Date(0) } }, ['cookie.expires']],
    ['unknown attributes', { cookie: { samesite: 'lax' } }, ['cookie.samesite']],
    ['a cookie for years', { absoluteTimeout: false, cookie: { maxAge: '500d' } }, ['cookie.maxAge']],
    ['a cookie that is no object', { cookie: 'yes' }, ['cookie']],
  ];
  it.each(cases)('%s', (_what, options, paths) => {
    expect(problemsOf(options)).toEqual(paths);
  });

  it('guessable secrets, the memory store and a readable cookie in production', () => {
    expect(problemsOf({ secret: 'a'.repeat(40), store }, production)).toEqual(['secret']);
    expect(problemsOf({ secret: 'keyboard catkeyboard catkeyboard cat', store }, production)).toEqual(['secret']);
    expect(problemsOf({ secret, store: memoryStore() }, production)).toEqual(['store']);
    expect(problemsOf({ secret, store, cookie: { secure: false } }, production)).toEqual(['cookie.secure']);
  });

  it('nothing of what works', () => {
    const fine: SessionModuleOptions[] = [
      { secret: [secret, 'an old one'] },
      { name: '__Host-Http-sid' },
      { name: 'connect.sid', resave: false, saveUninitialized: false, rolling: true, unset: 'destroy' },
      { cookie: { secure: 'auto', sameSite: 'strict', priority: 'high', path: '/app', domain: 'example.com' } },
      { cookie: { partitioned: true, sameSite: 'none' } },
      { cookie: { maxAge: '30d' }, absoluteTimeout: '90d' },
      { genid: () => crypto.randomUUID() },
      { genid: () => crypto.randomUUID().slice(0, 8) },
      { store: plain, genid: () => crypto.randomUUID() + crypto.randomUUID() },
    ];
    for (const options of fine) expect(problemsOf(options)).toEqual([]);
  });

  it('checks each name, or plain id, of a genid that looks at the request', () => {
    const given = (req: IncomingMessage) => (req.url === '/ok' ? 'y'.repeat(30) : 'short');
    const named = resolveOptions({ genid: given }, {}).genid;
    expect(named?.({ url: '/ok' } as never)).toBe('y'.repeat(30));
    expect(() => named?.({ url: '/' } as never)).toThrow(/genid option made a name that is not 8 to 64/);
    const ids = resolveOptions({ store: plain, genid: given }, {}).genid;
    expect(ids?.({ url: '/ok' } as never)).toBe('y'.repeat(30));
    expect(() => ids?.({ url: '/' } as never)).toThrow(/genid option made an id of fewer than 22/);
  });

  it('makes names and ids by itself where no genid is given', () => {
    expect(resolveOptions({}, {}).genid).toBeUndefined();
    expect(resolveOptions({ store: plain }, {}).genid).toBeUndefined();
  });
});
