import { describe, expect, it } from 'vitest';
import { cells, pairwise } from './scope.js';

const stores = ['memory', 'Redis', 'sealed', 'cached', 'SQLite'];
const platforms = ['express', 'fastify'];

describe('cells()', () => {
  it('are all there are, in full', () => {
    expect(cells(stores, platforms, 0, true)).toHaveLength(10);
  });

  it.each([0, 1])('hold every value of both, else, from %i on', (shift) => {
    const chosen = cells(stores, platforms, shift, false);
    expect(chosen).toHaveLength(5);
    expect(new Set(chosen.map(([store]) => store))).toEqual(new Set(stores));
    expect(new Set(chosen.map(([, platform]) => platform))).toEqual(new Set(platforms));
    const turned = cells(platforms, stores, shift, false);
    expect(new Set(turned.map(([platform]) => platform))).toEqual(new Set(platforms));
    expect(new Set(turned.map(([, store]) => store))).toEqual(new Set(stores));
  });

  it('are together all of them, in two suites that begin at different ends', () => {
    const both = [...cells(stores, platforms, 0, false), ...cells(stores, platforms, 1, false)];
    expect(new Set(both.map(String))).toEqual(new Set(cells(stores, platforms, 0, true).map(String)));
  });
});

describe('pairwise()', () => {
  const all = stores.flatMap((store) =>
    platforms.flatMap((platform) =>
      [true, false].flatMap((rolling) => [1, 2, 3].map((n) => ({ store, platform, rolling, n }))),
    ),
  );

  it('is everything, in full', () => {
    expect(pairwise(all, true)).toEqual(all);
  });

  it('holds every pair of values, else, with few cells', () => {
    const chosen = pairwise(all, false);
    const pairs = (list: typeof all) =>
      new Set(
        list.flatMap(({ store, platform, rolling, n }) => [
          `${store} ${platform}`,
          `${store} ${rolling}`,
          `${store} ${n}`,
          `${platform} ${rolling}`,
          `${platform} ${n}`,
          `${rolling} ${n}`,
        ]),
      );
    expect(pairs(chosen)).toEqual(pairs(all));
    expect(chosen.length).toBeLessThan(all.length / 3);
  });
});
