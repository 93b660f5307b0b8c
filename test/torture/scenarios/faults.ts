import { Command, Redis } from 'ioredis';
import { startCluster, startRedis, startSentinel, until } from '../../support/redis-server.js';
import { DurableRedis } from '../durable-redis.js';
import { brokenBy, type Figures } from '../figures.js';
import { sleep } from '../pool.js';
import { startSilentProxy } from '../silent-proxy.js';
import type { StoreSettings } from '../servers/settings.js';
import type { Fleet, Target } from '../target.js';
import { outage, type Fault, type Pace } from './outage.js';

/** What a process may hold on to after all of it (bytes): compiled code and what the collector has not got to. */
const HEAP_SLACK = 6 * 1024 * 1024;
const SLOTS = 16_384;

/** What can happen to one Redis, on processes that go through all of it without a restart. */
export async function redisFaults(target: Target, pace: Pace, repeats: number): Promise<Figures[]> {
  const redis = await DurableRedis.start();
  const { away: lasts } = pace;
  const kills = 8;
  const faults: Fault[] = [
    { name: 'Redis: kill -9 and restart', lasts, begin: () => redis.kill9(), end: () => redis.launch() },
    { name: 'Redis: SIGSTOP and SIGCONT', lasts, begin: () => redis.pause(), end: () => redis.resume() },
    {
      name: `Redis: CLIENT KILL, ${kills} times`,
      rate: 250,
      lasts: 0,
      begin: async () => {
        for (let i = 0; i < kills; i++) {
          await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
          await sleep(150);
        }
      },
      end: () => {},
    },
    {
      name: 'Redis: FLUSHALL',
      lasts: 0,
      begin: async () => void (await redis.admin.flushall()),
      end: () => {},
      keeps: ({ at }, { begun }) => at > begun,
    },
  ];
  try {
    return await onFleet(target, { kind: 'redis', url: redis.url }, async (fleet) => {
      // What is loaded and compiled once is no growth.
      await outage(target, fleet, { name: 'warm-up', lasts: 0, begin: () => {}, end: () => {} }, pace);
      const before = await heaps(fleet);
      const figures: Figures[] = [];
      for (let i = 0; i < repeats; i++)
        for (const fault of faults) figures.push(await outage(target, fleet, fault, pace));
      const grown = Math.max(...(await heaps(fleet)).map((heap, i) => heap - (before[i] ?? 0)));
      const scenario = 'growth of the heap over all of these';
      const note = `${(grown / 1024 / 1024).toFixed(1)} MB`;
      const tries = figures.reduce((all, row) => all + row.tries, 0);
      return [
        ...figures,
        { scenario, tries, note, broken: brokenBy({ 'bytes too much': Math.max(0, grown - HEAP_SLACK) }) },
      ];
    });
  } finally {
    await redis.stop();
  }
}

/** A peer that accepts connections and never answers. */
export async function silentPeer(target: Target, pace: Pace): Promise<Figures[]> {
  const redis = await startRedis();
  const proxy = await startSilentProxy(redis.url);
  const fault: Fault = {
    name: 'silent TCP peer',
    lasts: pace.away,
    begin: () => proxy.silence(),
    end: () => proxy.speak(),
  };
  try {
    return await onFleet(target, { kind: 'redis', url: proxy.url }, async (fleet) => [
      await outage(target, fleet, fault, pace),
    ]);
  } finally {
    await proxy.stop();
    await redis.stop();
  }
}

/** Replication takes so long at most (ms): what was acknowledged in this time before the master died may be lost. */
const REPLICATION = 500;

/** The master dies, and Sentinel makes the replica the new one. */
export async function sentinelFailover(target: Target, pace: Pace): Promise<Figures[]> {
  const sentinel = await startSentinel();
  const watcher = new Redis({ ...sentinel.sentinels[0], lazyConnect: true });
  watcher.on('error', () => {});
  const fault: Fault = {
    name: 'Sentinel: the master dies',
    lasts: 0,
    begin: () => sentinel.master.kill9(),
    end: () =>
      until('the replica is the master', async () => {
        const [, port] = (await watcher.call('SENTINEL', 'get-master-addr-by-name', 'main')) as [string, string];
        if (Number(port) !== sentinel.replica.port) return false;
        return sentinel.replica.admin(async (client) => (await client.info('replication')).includes('role:master'));
      }),
    keeps: ({ at, done }, { began, returned }) => done < began - REPLICATION || at > returned,
  };
  try {
    const store = { kind: 'sentinel', sentinels: sentinel.sentinels, name: 'main' } as const;
    return await onFleet(target, store, async (fleet) => [await outage(target, fleet, fault, pace)]);
  } finally {
    watcher.disconnect();
    await sentinel.stop();
  }
}

/** One of three masters dies, and comes back empty. */
export async function clusterMaster(target: Target, pace: Pace): Promise<Figures[]> {
  // What is left of the Cluster serves its own keys.
  const cluster = await startCluster(['--cluster-require-full-coverage', 'no']);
  const [, victim] = cluster.masters;
  if (!victim) throw new Error('A Cluster has three masters');
  const ofVictim = (key: string): boolean =>
    Math.floor(((new Command('get', [key]).getSlot() ?? 0) * cluster.masters.length) / SLOTS) === 1;
  const serves = (): Promise<boolean> =>
    victim.admin(async (client) => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  const fault: Fault = {
    name: 'Cluster: one of three masters dies',
    lasts: pace.away,
    begin: () => victim.kill9(),
    end: async () => {
      await victim.restart();
      await until('the master serves', serves);
    },
    affects: ofVictim,
    keeps: ({ key, at }, { returned }) => !ofVictim(key) || at > returned,
  };
  try {
    const nodes = cluster.masters.map(({ port }) => ({ host: '127.0.0.1', port }));
    return await onFleet(target, { kind: 'cluster', nodes }, async (fleet) => [
      await outage(target, fleet, fault, pace),
    ]);
  } finally {
    await cluster.stop();
  }
}

/** Starts processes, and looks afterwards whether they are well. */
async function onFleet(
  target: Target,
  store: StoreSettings,
  play: (fleet: Fleet) => Promise<Figures[]>,
): Promise<Figures[]> {
  const fleet = await target.start(store);
  try {
    const figures = await play(fleet);
    const dead = fleet.servers.filter(({ running }) => !running).length;
    const unhandled =
      dead > 0
        ? []
        : (await Promise.all(fleet.servers.map((server) => server.health()))).flatMap((one) => one.unhandled);
    const broken = brokenBy({
      'processes that died': dead,
      [`unhandled errors, such as ${unhandled[0] ?? ''}`]: unhandled.length,
    });
    return broken.length === 0
      ? figures
      : [...figures, { scenario: 'processes', tries: 2, wrong: dead + unhandled.length, broken }];
  } finally {
    await fleet.stop();
  }
}

const heaps = async (fleet: Fleet): Promise<number[]> =>
  (await Promise.all(fleet.servers.map((server) => server.health()))).map(({ heap }) => heap);
