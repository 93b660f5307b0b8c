import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../../../../test/support/redis-server.js';
import { createClient, endClient } from './redis-client.js';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server.stop());

describe('a client that the store creates', () => {
  it('comes back within 600 ms, and sends what comes together in one go', async () => {
    const client = createClient(server.url);
    expect(client.options).toMatchObject({
      connectTimeout: 2000,
      socketTimeout: 3000,
      maxRetriesPerRequest: 1,
      enableAutoPipelining: true,
    });
    for (const attempt of [1, 2, 5, 50]) {
      const pause = client.options.retryStrategy?.(attempt);
      expect(pause).toBeGreaterThanOrEqual(50);
      expect(pause).toBeLessThanOrEqual(600);
    }
    await client.ping();
    const together = ['a', 'b', 'c'].map((key) => client.get(key));
    expect(client.autoPipelineQueueSize).toBe(3);
    expect(await Promise.all(together)).toEqual([null, null, null]);
    const ended = once(client, 'end');
    await endClient(client, 500);
    await ended;
    expect(client.status).toBe('end');
  });
});
