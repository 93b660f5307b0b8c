import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { redisStore, type RedisSessionStore, type RedisSessionStoreOptions } from 'nest-session/redis';
import { aRecord } from '../support/records.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';

let server: RedisServer;
const opened: RedisSessionStore[] = [];
beforeAll(async () => {
  server = await startRedis();
});
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())));
afterAll(() => server.stop());

async function open(options: Partial<RedisSessionStoreOptions>): Promise<RedisSessionStore> {
  const store = redisStore({ ...(options.client ? {} : { url: server.url }), ...options });
  opened.push(store);
  await store.ping();
  return store;
}

const compute = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a handler that computes, beside fifty requests', () => {
  it.each([900, 1_500, 3_500])('for %i ms costs none of them its session', async (length) => {
    // A client by URL sends what is asked in one turn together, so that none of it is sent before the pause.
    const store = await open({});
    const reading = Array.from({ length: 50 }, (_, n) => store.read(`k${n}`));
    compute(length);
    const settled = await Promise.allSettled(reading);
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(await store.read('after')).toBeUndefined();
  });
});

it('whatever this process does in which order, a Redis that answers is never told to be away', async () => {
  const clients = [{ client: server.client() }, { client: server.client({ enableAutoPipelining: true }) }];
  const stores = await Promise.all(clients.map((options) => open({ ...options, commandTimeout: 60 })));
  const plan = fc.array(fc.record({ reads: fc.nat(5), busy: fc.nat(150), turns: fc.nat(3) }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(plan, async (steps) => {
      const reading: Promise<unknown>[] = [];
      for (const { reads, busy, turns } of steps) {
        for (const store of stores) for (let n = 0; n < reads; n++) reading.push(store.read(`k${n}`));
        compute(busy);
        for (let n = 0; n < turns; n++) await nextTurn();
      }
      await Promise.all(reading);
    }),
    { numRuns: 20 },
  );
});

it("is not taken for an outage either, where the client's own timeout falls into a pause", async () => {
  const store = await open({ client: server.client({ commandTimeout: 100 }) });
  const reading = store.read('k').catch(() => undefined);
  compute(400);
  await reading;
  expect(await store.read('k')).toBeUndefined();
});

it('a renewal that gets no answer opens no circuit', async () => {
  const store = await open({ client: server.client(), commandTimeout: 100 });
  const record = aRecord(Date.now());
  const version = await store.create('renewed', record);
  server.pause();
  await expect(store.renew('renewed', record, String(version))).rejects.toThrow('did not do');
  server.resume();
  expect(await store.read('renewed')).toBeDefined();
});

it('a Redis that is stopped is still found out, and its return too', async () => {
  const store = await open({ client: server.client(), commandTimeout: 100 });
  server.pause();
  await expect(store.read('k')).rejects.toThrow('did not do');
  await expect(store.read('k')).rejects.toThrow('it does not answer');
  server.resume();
  await expect
    .poll(
      () =>
        store.read('k').then(
          () => true,
          () => false,
        ),
      { timeout: 3_000 },
    )
    .toBe(true);
});
