import { describe, expect, it } from 'vitest';
import { SharedTurn } from './shared-turn.js';

/** As many as come in one turn of the event loop. @returns how many of them waited */
async function arrive(turns: SharedTurn, count: number): Promise<number> {
  const waiting = Array.from({ length: count }, () => turns.take()).filter((turn) => turn !== undefined);
  await Promise.all(waiting);
  await new Promise((resolve) => setImmediate(resolve));
  return waiting.length;
}

describe('a shared turn', () => {
  it('delays no request that comes alone, except for two samples in a while', async () => {
    const turns = new SharedTurn();
    let waited = 0;
    for (let i = 0; i < 640; i++) waited += await arrive(turns, 1);
    expect(waited).toBeGreaterThan(10);
    expect(waited).toBeLessThan(22);
  });

  it('finds a crowd, lets it go on together, and finds that it is gone', async () => {
    const turns = new SharedTurn();
    for (let i = 0; i < 20; i++) await arrive(turns, 16);
    expect(await arrive(turns, 16)).toBe(16);
    expect(await arrive(turns, 1)).toBe(1);
    expect(await arrive(turns, 1)).toBe(0);
  });

  it('gives all of one turn the same promise', async () => {
    const turns = new SharedTurn();
    for (let i = 0; i < 20; i++) await arrive(turns, 16);
    expect(turns.take()).toBe(turns.take());
  });
});
