import type { Redis } from 'ioredis';

/** As much of a node-redis client as connect-redis 10 uses, on a client of ioredis. */
export const nodeRedisAdapter = (client: Redis) => ({
  get: (key: string) => client.get(key),
  set: (key: string, value: string, options?: { expiration: { type: 'EX'; value: number } }) =>
    options ? client.set(key, value, 'EX', options.expiration.value) : client.set(key, value),
  expire: (key: string, seconds: number) => client.expire(key, seconds),
  del: (keys: string[]) => client.del(...keys),
  mGet: (keys: string[]) => client.mget(...keys),
  scanIterator: ({ MATCH, COUNT }: { MATCH: string; COUNT: number }): AsyncIterable<string[]> =>
    client.scanStream({ match: MATCH, count: COUNT }) as AsyncIterable<string[]>,
});
