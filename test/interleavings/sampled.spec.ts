import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { full } from '../support/scope.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { ALLOWED_ELSEWHERE } from './allowed-elsewhere.js';
import { ALLOWED } from './allowed-ends.js';
import { onPlainIds, onRedis, onSqlite, withCopies } from './backends.js';
import { Verdict } from './invariants.js';
import { pairsWithout } from './operations.js';
import { trace } from './pair-search.js';
import { PairRun } from './pair-run.js';
import { sample, seeded } from './scheduler.js';
import type { Backend } from './world.js';

let redis: RedisServer;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

const ROUNDS = full ? 6 : 1;
// Another one in each run, so that more is seen in time; a failure names it.
const SEED = Number(process.env['INTERLEAVINGS_SEED'] ?? Date.now() % 1_000_000);

const BACKENDS: [string, () => Backend][] = [
  ['Redis', () => onRedis(client)],
  ['SQLite', () => onSqlite],
  ['cache', () => withCopies],
  ['plain ids', () => onPlainIds],
];

describe(`schedules of two operations at random, seed ${SEED}`, () => {
  it.each(BACKENDS)(
    'keeps every promise: %s',
    async (name, backend) => {
      const random = seeded(SEED);
      const wrong: string[] = [];
      for (let round = 0; round < ROUNDS; round++)
        for (const pair of pairsWithout(backend().lacks)) {
          const allowed = { ...ALLOWED[pair.label], ...ALLOWED_ELSEWHERE[name]?.[pair.label] };
          await sample(
            () => PairRun.begin(backend(), pair, random() < 1 / 3),
            async (run, happened) => {
              for (const violation of await Verdict.of(run, happened))
                if (!(violation in allowed))
                  wrong.push([`${pair.label}: ${violation}`, ...trace(run, happened)].join('\n  '));
            },
            random,
          );
        }
      expect(wrong, `seed ${SEED}`).toEqual([]);
    },
    600_000,
  );
});
