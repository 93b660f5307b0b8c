import { expect, it } from 'vitest';
import { runChild } from '../support/child.js';

it('a worker of a cluster with sessions in its memory says at its start that the others do not have them', async () => {
  const { lines } = await runChild('memory-cluster');
  expect(lines).toEqual([
    'primary started',
    expect.stringMatching(/^worker This process is a worker of a cluster, .*sqliteStore\(\).*redisStore\(\)/),
    'worker started',
  ]);
}, 60_000);
