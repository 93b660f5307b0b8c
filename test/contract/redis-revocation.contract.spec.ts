import type { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { redisRevocation, type RedisRevocation } from '../../libs/session/src/redis/index.js';
import { userKey } from '../../libs/session/src/revocation/user-key.js';
import { startCluster, startRedis, type RedisCluster, type RedisServer } from '../support/redis-server.js';
import { end, realTime, type RevocationUnderTest } from './revocation-bench.js';
import { describeRevocationContract } from './session-revocation.contract.js';

let server: RedisServer;
let cluster: RedisCluster;

beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis(), startCluster()]);
});
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

const COMMAND_TIMEOUT = 300;

/** Every key of a server with its value. */
const contentsOf = (master: RedisServer): Promise<string> =>
  master.admin(async (client) => {
    const keys = await client.keys('*');
    return (await Promise.all(keys.map(async (key) => `${key} ${await client.get(key)}\n`))).join('');
  });

/** What a server holds under a name and a user, whatever the prefix is. */
const keysOf = async (client: Redis, name: string, user: string): Promise<string[]> => {
  const keys = await client.keys('*');
  return [`name:${name}`, `user:${userKey(user)}`].flatMap((end) => keys.filter((key) => key.endsWith(end)));
};

type Open = () => { revocation: RedisRevocation; client?: Redis | Cluster };

async function opened(
  open: Open,
  masters: () => readonly RedisServer[],
  outage: NonNullable<RevocationUnderTest['outage']>,
): Promise<RevocationUnderTest> {
  const all: ReturnType<Open>[] = [];
  const another = async (): Promise<RedisRevocation> => {
    const one = open();
    all.push(one);
    await one.revocation.ping();
    return one.revocation;
  };
  await Promise.all(masters().map((master) => master.admin((client) => client.flushall())));
  return {
    revocation: await another(),
    time: realTime,
    another,
    contents: async () => (await Promise.all(masters().map(contentsOf))).join(''),
    formats: {
      async plant(name, user, text) {
        // So that the keys are there, and the prefix with them.
        await end(all[0]!.revocation, name, Infinity);
        await all[0]!.revocation.revokeBefore(user, 1, Infinity);
        for (const master of masters()) {
          await master.admin(async (client) => {
            for (const key of await keysOf(client, name, user)) await client.set(key, text);
          });
        }
      },
      async kept(name, user) {
        const texts = masters().map((master) =>
          master.admin(async (client) =>
            Promise.all((await keysOf(client, name, user)).map(async (key) => (await client.get(key)) ?? undefined)),
          ),
        );
        return (await Promise.all(texts)).flat();
      },
    },
    outage,
    async cleanup() {
      await Promise.all(all.map(({ revocation }) => revocation.close()));
      for (const { client } of all) client?.disconnect();
    },
  };
}

const abilities = ['shared', 'contents', 'outage', 'formats'] as const;
const onServer = (open: Open) => () =>
  opened(open, () => [server], { begin: () => server.kill9(), end: () => server.restart() });
const withClient = (connect: () => Redis | Cluster): Open => {
  return () => {
    const client = connect();
    return { client, revocation: redisRevocation({ client, commandTimeout: COMMAND_TIMEOUT }) };
  };
};

describeRevocationContract(
  'redisRevocation with a URL',
  onServer(() => ({ revocation: redisRevocation({ url: server.url, commandTimeout: COMMAND_TIMEOUT }) })),
  abilities,
);

describeRevocationContract('redisRevocation with a client', onServer(withClient(() => server.client())), abilities);

describeRevocationContract(
  'redisRevocation with keyPrefix and auto-pipelining',
  onServer(withClient(() => server.client({ keyPrefix: 'app[1]:', enableAutoPipelining: true }))),
  abilities,
);

describeRevocationContract(
  'redisRevocation on a Cluster',
  () =>
    opened(
      withClient(() => cluster.client()),
      () => cluster.masters,
      {
        begin: async () => cluster.masters.forEach((master) => master.pause()),
        end: async () => cluster.masters.forEach((master) => master.resume()),
      },
    ),
  abilities,
);
