import { beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../../../test/support/deferred.js';
import { NearCache, type NearCacheLimits } from './near-cache.js';

const LIMITS: NearCacheLimits = { maxEntries: 3, maxAge: 5000, maxText: 100, proofLasts: 1500 };

let now: number;
let cache: NearCache;
let asked: number;

const opened = (limits: Partial<NearCacheLimits> = {}): NearCache => new NearCache({ ...LIMITS, ...limits }, () => now);
const ask = (text: string | null) => () => {
  asked += 1;
  return Promise.resolve(text);
};
const filled = (name: string, text = name) => cache.load(name, ask(text));

beforeEach(() => {
  now = 1_000_000;
  asked = 0;
  cache = opened();
  cache.prove(now);
});

describe('a near-cache', () => {
  it('gives what it was told, again and again', async () => {
    expect(cache.get('a')).toBeUndefined();
    expect(await filled('a', 'text')).toBe('text');
    expect([cache.get('a'), cache.get('a')]).toEqual(['text', 'text']);
    expect(asked).toBe(1);
  });

  it('keeps nothing of what is not there, and of what could not be read', async () => {
    expect(await cache.load('a', ask(null))).toBeNull();
    await expect(cache.load('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(cache.size).toBe(0);
    await filled('a');
    expect(cache.get('a')).toBe('a');
  });

  it('asks once for those who come together, also when it fails', async () => {
    const reply = deferred<string>();
    const both = ['a', 'a'].map((name) => cache.load(name, () => ((asked += 1), reply.promise)));
    reply.resolve('text');
    expect(await Promise.all(both)).toEqual(['text', 'text']);
    expect(asked).toBe(1);
    const refused = deferred<string>();
    const failing = ['b', 'b'].map((name) => cache.load(name, () => refused.promise));
    refused.reject(new Error('away'));
    for (const one of await Promise.allSettled(failing)) expect(one.status).toBe('rejected');
  });

  it.each([
    ['forget', () => cache.forget('a')],
    ['clear', () => cache.clear()],
    ['doubt', () => (cache.doubt(), cache.prove(now))],
  ])('keeps no text that was under way at %s(), and lets nobody who comes later wait for it', async (_, disturb) => {
    const old = deferred<string>();
    const first = cache.load('a', () => old.promise);
    disturb();
    const fresh = deferred<string>();
    const second = cache.load('a', () => fresh.promise);
    fresh.resolve('new');
    expect(await second).toBe('new');
    old.resolve('old');
    expect(await first).toBe('old');
    expect(cache.get('a')).toBe('new');
  });

  it('is not disturbed by what happens to others', async () => {
    await filled('a');
    await filled('b');
    cache.forget('b');
    expect([cache.get('a'), cache.get('b')]).toEqual(['a', undefined]);
    cache.clear();
    expect(cache.get('a')).toBeUndefined();
  });

  it('gives nothing once the last proof is too old, and gives it again after the next one', async () => {
    await filled('a');
    now += 1500;
    expect(cache.get('a')).toBe('a');
    now += 1;
    expect(cache.get('a')).toBeUndefined();
    cache.prove(now);
    expect(cache.get('a')).toBe('a');
    cache.prove(now - 1000);
    now += 1500;
    expect(cache.get('a')).toBe('a');
  });

  it('keeps and joins nothing without a proof', async () => {
    now += 1501;
    await Promise.all([filled('a'), filled('a')]);
    expect([asked, cache.size]).toEqual([2, 0]);
    cache.prove(now);
    await filled('a');
    cache.doubt();
    expect([cache.get('a'), cache.size]).toEqual([undefined, 0]);
  });

  it('counts the age of a text from when it was asked for', async () => {
    cache = opened({ proofLasts: Infinity });
    cache.prove(now);
    const reply = deferred<string>();
    const loading = cache.load('a', () => reply.promise);
    now += 4999;
    void cache.load('a', ask('not asked for'));
    reply.resolve('text');
    await loading;
    expect(cache.get('a')).toBe('text');
    now += 1;
    expect(cache.get('a')).toBeUndefined();
    expect(asked).toBe(0);
    // Nobody joins a read that began so long ago, either.
    void cache.load('b', () => new Promise(() => {}));
    now += 5000;
    expect(await filled('b', 'new')).toBe('new');
  });

  it('makes room by what is oldest: by number and by length', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await filled(name);
    expect(['a', 'b', 'c', 'd'].map((name) => cache.get(name))).toEqual([undefined, 'b', 'c', 'd']);
    await filled('e', 'x'.repeat(99));
    expect(['c', 'd', 'e'].map((name) => cache.get(name)?.length)).toEqual([undefined, 1, 99]);
    await filled('f', 'x'.repeat(101));
    expect(cache.size).toBe(0);
    for (const name of ['a', 'b', 'c']) await filled(name, 'x'.repeat(33));
    expect(cache.size).toBe(3);
  });

  it('lets go of what is too old', async () => {
    await filled('a');
    now += 4000;
    cache.prove(now);
    await filled('b');
    now += 1000;
    cache.sweep();
    expect(cache.size).toBe(1);
    expect(cache.get('b')).toBe('b');
  });

  it('keeps no name that bytes do not tell apart from others', async () => {
    await filled('\ud800');
    expect(cache.size).toBe(0);
    await filled('\u{1f600}');
    expect(cache.size).toBe(1);
  });
});
