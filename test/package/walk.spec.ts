import { beforeAll, describe, expect, it } from 'vitest';
import type { WalkFigures } from '../../bench/lib/walk-figures.ts';
import { fromRoot, run } from './workspace.js';

/** What a request may take at most on its way through the library, as `npm run bench:walk` counts it. */
const LIMITS: Record<string, { readonly calls: number; readonly hops: number }> = {
  'anonymous read': { calls: 30, hops: 5 },
  'signed-in read': { calls: 111, hops: 34 },
  'login over a session': { calls: 302, hops: 109 },
};

describe('the walk of a request through the built library', () => {
  let figures: Record<string, WalkFigures | undefined>;
  beforeAll(async () => {
    const said = await run('npm', ['run', '--silent', 'bench:walk', '--', '--json'], fromRoot());
    ({ figures } = JSON.parse(said.slice(said.indexOf('{'))) as { figures: typeof figures });
  });

  it.each(Object.entries(LIMITS))('of %s is no longer than it was', (request, most) => {
    const { calls = 0, 'old room hops': hops = 0 } = figures[request] ?? {};
    // Fewer than this, and the counter counts nothing.
    expect(calls).toBeGreaterThan(20);
    expect({ calls: Math.max(calls, most.calls), hops: Math.max(hops, most.hops) }).toEqual(most);
  });
});
