import { afterAll, beforeAll, expect, it } from 'vitest';
import { SessionEvents } from 'nest-session';
import { decodeRecord } from 'nest-session/store';
import { redisStore, type RedisSessionStore } from 'nest-session/redis';
import { isSession } from '../../libs/session/src/core/record.js';
import { ServerEngine } from '../../libs/session/src/server/server.engine.js';
import { resolveOptions } from '../../libs/session/src/options/resolve-options.js';
import { startChild } from '../support/child.js';
import { startCluster, type RedisCluster } from '../support/redis-server.js';

let cluster: RedisCluster;
let store: RedisSessionStore;

beforeAll(async () => {
  cluster = await startCluster();
  // Processes that run together on a machine that does more besides answer late.
  store = redisStore({ client: cluster.client(), commandTimeout: 10_000 });
  await store.ping();
});
afterAll(async () => {
  await store.close();
  await cluster.stop();
});

const ports = () => cluster.masters.map(({ port }) => port).join(',');

/** How many sessions on all masters are of the user. */
async function recordsOf(userId: string): Promise<number> {
  const perMaster = await Promise.all(
    cluster.masters.map((master) =>
      master.admin(async (client) => {
        const keys = (await client.keys('sess:*')).filter((key) => /^sess:[\w-]{22}$/.test(key));
        return Promise.all(keys.map(async (key) => decodeRecord(await client.get(key), Date.now())));
      }),
    ),
  );
  const sessions = perMaster.flat().filter((record) => record !== undefined && isSession(record));
  return sessions.filter(({ data }) => (data['user'] as { id?: string } | undefined)?.id === userId).length;
}

/** Starts 4 processes at once. @returns the tokens of the sessions that they made */
async function together(userId: string, times: number, options: object): Promise<string[]> {
  const args = [ports(), 'login', userId, `${times}`, JSON.stringify(options)];
  const children = Array.from({ length: 4 }, () => startChild('registry-worker', args));
  await Promise.all(children.map((child) => new Promise<void>((resolve) => child.onLine(() => resolve()))));
  await cluster.client().rpush('start', ...children.map(() => 'go'));
  const results = await Promise.all(children.map(({ done }) => done));
  for (const { code, errors } of results) expect(code, errors).toBe(0);
  return results.flatMap(({ lines }) => lines.filter((line) => line !== 'ready'));
}

it.each(['evict-oldest', 'reject'] as const)(
  'leaves exactly 3 of 100 logins from 4 processes, and none of them after revokeAll: %s',
  { timeout: 60_000 },
  async (whenFull) => {
    const engine = new ServerEngine(resolveOptions({ store }, {}), new SessionEvents(), store);
    const tokens = await together(whenFull, 25, { maxSessionsPerUser: 3, whenFull });
    const live = async () => {
      const found = await Promise.all(tokens.map(async (token) => (await engine.find(token)).status));
      return found.filter((status) => status === 'live').length;
    };
    expect([await live(), await recordsOf(whenFull)]).toEqual([3, 3]);
    expect((await engine.directory?.ofUser(whenFull))?.length).toBe(3);
    expect(await engine.directory?.endUser(whenFull)).toBe(3);
    expect([await live(), await recordsOf(whenFull)]).toEqual([0, 0]);
  },
);
