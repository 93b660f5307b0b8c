import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from 'ioredis';
import { freePort, startRedis, until, type RedisServer } from './redis-process.js';

type ClusterOptions = NonNullable<ConstructorParameters<typeof Cluster>[1]>;

/** Three masters that share the slots, and no replicas. */
export interface RedisCluster {
  readonly masters: readonly RedisServer[];
  /** A client with the settings of the test's choice. It is ended with the cluster, if not before. */
  client(options?: ClusterOptions): Cluster;
  stop(): Promise<void>;
}

const SLOTS = 16_384;

/** A port that was free may be taken a moment later, by a test beside this one: then it is tried with another. */
async function startMaster(args: readonly string[], tries = 5): Promise<{ bus: number; server: RedisServer }> {
  const bus = await freePort();
  const settings = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-node-timeout', '1000'];
  try {
    return { bus, server: await startRedis({ args: [...settings, ...args] }) };
  } catch (error) {
    if (tries === 1 || !String(error).includes('in use')) throw error;
    return startMaster(args, tries - 1);
  }
}

/** Starts a Cluster and waits until every master serves. */
export async function startCluster(args: readonly string[] = []): Promise<RedisCluster> {
  const masters = await Promise.all(Array.from({ length: 3 }, () => startMaster(args)));
  await Promise.all(
    masters.map(({ server }, index) =>
      server.admin(async (client) => {
        const first = Math.floor((SLOTS * index) / masters.length);
        const last = Math.floor((SLOTS * (index + 1)) / masters.length) - 1;
        await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
        await client.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
        for (const other of masters) await client.call('CLUSTER', 'MEET', '127.0.0.1', other.server.port, other.bus);
      }),
    ),
  );
  await Promise.all(
    masters.map(({ server }) =>
      server.admin((client) =>
        until('the cluster serves', async () => {
          const info = String(await client.call('CLUSTER', 'INFO'));
          const nodes = String(await client.call('CLUSTER', 'NODES'));
          return (
            info.includes('cluster_state:ok') && nodes.trim().split('\n').length === 3 && !nodes.includes('handshake')
          );
        }),
      ),
    ),
  );
  const clients: Cluster[] = [];
  return {
    masters: masters.map(({ server }) => server),
    client(options = {}) {
      const nodes = masters.map(({ server }) => ({ host: '127.0.0.1', port: server.port }));
      const client = new Cluster(nodes, options);
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await Promise.all(masters.map(({ server }) => server.stop()));
    },
  };
}

/** A master and a replica, watched by a Sentinel that knows them as `main`. */
export interface RedisSentinel {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: { host: string; port: number }[];
  stop(): Promise<void>;
}

/** Starts a master, a replica and a Sentinel that promotes the replica one second after the master is gone. */
export async function startSentinel(): Promise<RedisSentinel> {
  const args = ['--repl-diskless-sync-delay', '0'];
  const master = await startRedis({ args });
  const replica = await startRedis({ args: [...args, '--replicaof', `127.0.0.1 ${master.port}`] });
  await master.admin((client) =>
    until('the replica follows', async () => (await client.info('replication')).includes('state=online')),
  );
  const dir = await mkdtemp(join(tmpdir(), 'nest-session-sentinel-'));
  const file = join(dir, 'sentinel.conf');
  const settings = [
    `sentinel monitor main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 3000',
  ];
  await writeFile(file, settings.join('\n'));
  const sentinel = await startRedis({ dir, args: [file, '--sentinel'], readyWhen: /\+monitor master main/ });
  await sentinel.admin((client) =>
    until(
      'the sentinel knows both',
      async () =>
        (await client.info('sentinel')).includes('status=ok') && (await client.info('sentinel')).includes('slaves=1'),
    ),
  );
  return {
    master,
    replica,
    sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
    async stop() {
      await Promise.all([sentinel.stop(), master.stop(), replica.stop()]);
    },
  };
}
