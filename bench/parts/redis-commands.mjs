// What Redis pays for what the store asks of it: CPU microseconds of its main thread, system calls included.
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { redisStore } from '../../libs/session/dist/redis/index.js';
import { engineOf, LASTING, loadRedis, logInOne, nameOf, tokenOf } from './sessions.mjs';
import { median } from '../lib/statistics.ts';
import { redisCpu } from './support.mjs';

/** Runs `call` so often, some at once. */
async function drive(times, atOnce, call) {
  let next = 0;
  const worker = async () => {
    while (next < times) await call(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/**
 * @returns by kind, the CPU of Redis for one of them (µs) at so many at once
 */
export async function redisCosts(url, { atOnce, times, rounds }) {
  const redis = new Redis(url);
  const store = redisStore({ url });
  try {
    await store.ping();
    const sessions = times * (rounds + 1);
    await loadRedis(redis, 0, sessions);
    // Redis goes on to enlarge its tables for a while.
    await setTimeout(1_500);
    const engine = engineOf(store, LASTING);
    const keys = Array.from({ length: times }, (_, n) => nameOf(n));
    const found = new Map();
    const loggedIn = [];
    let users = sessions;
    let renewed = 0;
    const kinds = {
      read: (n) => store.read(keys[n]),
      async write(n) {
        const key = keys[n];
        const { record, version } = found.get(key);
        const { status } = await store.save(key, record, version);
        if (status !== 'saved') throw new Error(`A session was ${status}.`);
      },
      async login() {
        loggedIn.push(await logInOne(engine, users++));
      },
      async renewal() {
        // Another one each time: soon after a renewal, entries need not be pushed on.
        const { held } = await engine.find(tokenOf(renewed++));
        await engine.renew(held);
      },
      // Those that were logged in last, as their requests hold them.
      logout: () => engine.end(loggedIn.pop(), 'signed-out'),
    };
    const costs = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
    for (let round = -1; round < rounds; round++)
      for (const [kind, call] of Object.entries(kinds)) {
        // Every session is read before it is written, so that a write is one command in what is measured.
        if (kind === 'write') await drive(times, atOnce, async (n) => found.set(keys[n], await store.read(keys[n])));
        const before = await redisCpu(redis);
        await drive(times, atOnce, (n) => call(n));
        const cost = ((await redisCpu(redis)) - before) / times;
        if (round >= 0) costs[kind].push(cost);
      }
    const cost = Object.fromEntries(Object.entries(costs).map(([kind, all]) => [kind, median(all)]));
    // To renew a session the bench reads it first, as the request did that found the renewal due.
    return { ...cost, renewal: cost.renewal - cost.read };
  } finally {
    await store.close();
    redis.disconnect();
  }
}
