// What sessions take: memory of the process, memory of Redis, and a SQLite file. Each session is that of another user,
// with 300 bytes of data, and index entries are counted: the worst case for a store that finds sessions by user.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RedisStore } from 'connect-redis';
import { Redis } from 'ioredis';
import { redisStore } from '../../libs/session/dist/redis/index.js';
import { sqliteStore } from '../../libs/session/dist/sqlite/index.js';
import { engineOf, logIn, recordOf, userOf } from './sessions.mjs';
import { spreadOf } from '../lib/statistics.ts';
import { info, runAlone, runChild, withRedis } from './support.mjs';

const CHILD = fileURLToPath(new URL('memory-child.mjs', import.meta.url));
const WARM = 100;
/** It counts bytes and no time: what is garbage must be gone. */
const COLLECTS = { flags: ['--expose-gc'] };

/** Bytes that Redis uses for each of so many sessions. */
export async function growth(url, count, fill) {
  const redis = new Redis(url);
  try {
    await fill(0, WARM);
    const before = (await info(redis, 'memory')).used_memory;
    await fill(WARM, WARM + count);
    return ((await info(redis, 'memory')).used_memory - before) / count;
  } finally {
    redis.disconnect();
  }
}

/** @param options of the engine, such as `maxSessionsPerUser` */
export async function oursInRedis(url, count, options) {
  const store = redisStore({ url });
  await store.ping();
  try {
    const engine = engineOf(store, options);
    return await growth(url, count, (from, to) => logIn(engine, from, to));
  } finally {
    await store.close();
  }
}

/** As {@link oursInRedis}, and once the secret of each was replaced by age, which is remembered beside the new one. */
async function oursBeforeAndAfter(url, count) {
  const store = redisStore({ url });
  await store.ping();
  const redis = new Redis(url);
  const held = [];
  try {
    const engine = engineOf(store, { rotateAfter: '10m' });
    const begun = await growth(url, count, async (from, to) => {
      await logIn(engine, from, to, { note: (n, session) => (held[n] = session) });
    });
    const { used_memory: before } = await info(redis, 'memory');
    const rotation = { req: {}, by: 'age', next: (record) => record };
    for (let n = 0; n < held.length; n += 100)
      await Promise.all(held.slice(n, n + 100).map((one) => engine.rotate(one, rotation)));
    const { used_memory: after } = await info(redis, 'memory');
    return { begun, rotated: begun + (after - before) / held.length };
  } finally {
    redis.disconnect();
    await store.close();
  }
}

async function connectRedis(url, count) {
  const client = new Redis(url);
  const store = new RedisStore({ client });
  const { cookie } = recordOf(0);
  const put = (n) => store.set(`${n}`.padEnd(32, 'i'), { cookie, ...userOf(n) });
  try {
    return await growth(url, count, async (from, to) => {
      for (let n = from; n < to; n += 500)
        await Promise.all(Array.from({ length: Math.min(500, to - n) }, (_, i) => put(n + i)));
    });
  } finally {
    client.disconnect();
  }
}

async function inSqlite(count) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  try {
    const path = join(folder, 'sessions.db');
    const store = sqliteStore({ path });
    await logIn(engineOf(store), 0, count);
    // Which writes what is left in the log into the file.
    await store.close();
    return (await stat(path)).size / count;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const row = (bytes, serialized) => ({
  'bytes per session': Math.round(bytes),
  'MB per 100,000': ((bytes * 100_000) / 1e6).toFixed(1),
  ...(serialized && { 'of its text': (bytes / serialized).toFixed(2) }),
});

/** A server of its own, because all of its memory is counted. */
const inFreshRedis = (fill, count) => withRedis(undefined, (url) => fill(url, count));

/** @returns bytes per session in every store */
export async function run({ quick = false, full = false } = {}) {
  const inHeap = quick ? 20_000 : 100_000;
  const elsewhere = quick ? 5_000 : full ? 50_000 : 20_000;
  const ours = await runChild(CHILD, ['nest-session', inHeap], COLLECTS);
  const express = await runChild(CHILD, ['express-session', inHeap], COLLECTS);
  const redis = {
    ours: await inFreshRedis(oursBeforeAndAfter, elsewhere),
    connect: await inFreshRedis(connectRedis, elsewhere),
  };
  return {
    title: `Memory per session, ${inHeap.toLocaleString('en')} in the heap and ${elsewhere.toLocaleString('en')} elsewhere`,
    rows: {
      'the text of a record': row(ours.serialized),
      'nest-session, memory': row(ours.heap, ours.serialized),
      'nest-session, memory, each renewed once': row(ours.renewed, ours.serialized),
      'express-session, the text': row(express.serialized),
      'express-session, MemoryStore': row(express.heap, express.serialized),
      'nest-session, Redis, its index included': row(redis.ours.begun, ours.serialized),
      'nest-session, Redis, each rotated by age once': row(redis.ours.rotated, ours.serialized),
      'express-session, connect-redis': row(redis.connect, express.serialized),
      'nest-session, SQLite file': row(await inSqlite(elsewhere), ours.serialized),
    },
    figures: {
      'bytes per session, memory store': spreadOf([ours.heap]),
      'bytes per session, Redis': spreadOf([redis.ours.begun]),
    },
  };
}

await runAlone(import.meta.url, run);
