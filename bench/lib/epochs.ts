// A scenario with all its kinds: an epoch starts a fresh process of each, warms it, and measures all in turn.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kindOf } from '../kinds.ts';
import type { Scenario } from '../scenarios.ts';
import { start, type OwnRedis } from './processes.ts';
import { measure, Visitors, type Slice } from './slice.ts';
import { agree, lowerQuartile, median, upperQuartile } from './statistics.ts';

/** How much is measured. */
export interface Plan {
  readonly epochs: number;
  /** That count, of each process. */
  readonly slices: number;
  readonly redis: OwnRedis;
  /** After this time (`Date.now()`) no epoch begins, and one that has begun is given up. */
  readonly until?: number;
  readonly say: (text: string) => void;
}

/** By kind, what each of its processes came to: the n-th of every kind ran at the same time. */
export type Samples = Readonly<Record<string, readonly Slice[]>>;

const FEWEST_WARM = 3;
const MOST_WARM = 12;
const MAIN = fileURLToPath(new URL('../servers/main.mjs', import.meta.url));

class OutOfTime extends Error {}

const shuffled = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

/** Of the slices of one process: what else the machine does only ever makes one worse. */
export function summaryOf(slices: readonly Slice[]): Slice {
  const of = (figure: keyof Slice): number[] => slices.map((slice) => slice[figure]);
  return {
    cpu: lowerQuartile(of('cpu')),
    clientCpu: lowerQuartile(of('clientCpu')),
    perSecond: upperQuartile(of('perSecond')),
    p50: median(of('p50')),
    p99: median(of('p99')),
    commands: median(of('commands')),
    headerBytes: median(of('headerBytes')),
  };
}

async function startServer(name: string, { bytes, idleSeconds }: Scenario, redisUrl: string) {
  const { platform, setUp, options } = kindOf(name);
  const directory = await mkdtemp(join(tmpdir(), 'nest-session-bench-'));
  const all = { ...options, bytes, redisUrl, directory, ...(idleSeconds !== undefined && { idleSeconds }) };
  const argument = JSON.stringify({ platform, setUp, options: all });
  const started = await start(process.execPath, [MAIN, argument], /listening on (\S+)\n/);
  return {
    url: started.match[1] ?? '',
    async stop(): Promise<void> {
      await started.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function runEpoch(scenario: Scenario, plan: Plan): Promise<Record<string, Slice>> {
  const { redis, slices, until = Infinity, say } = plan;
  const checkTime = (): void => {
    if (Date.now() > until) throw new OutOfTime();
  };
  await redis.flush();
  const servers: Awaited<ReturnType<typeof startServer>>[] = [];
  const measured = new Map<string, Slice[]>();
  const measures = new Map<string, () => Promise<Slice>>();
  try {
    for (const kind of shuffled(scenario.kinds)) {
      checkTime();
      const server = await startServer(kind, scenario, redis.url);
      servers.push(server);
      const visitors = new Visitors(server.url, scenario);
      measures.set(kind, async () => {
        checkTime();
        try {
          return await measure(server.url, scenario, visitors, redis.commands);
        } catch (error) {
          throw new Error(`${scenario.name}, ${kind}: ${(error as Error).message}`, { cause: error });
        }
      });
    }
    const cold = await warm(measures);
    for (const kind of cold) say(`${scenario.name}, ${kind}: too noisy, no two slices agreed while it warmed up`);
    for (let i = 0; i < slices; i++)
      for (const [kind, slice] of shuffled([...measures])) {
        const all = measured.get(kind) ?? [];
        measured.set(kind, [...all, await slice()]);
      }
    const summary = (kind: string, all: readonly Slice[]): Slice =>
      // No figure, and neither are ratios that need it.
      cold.includes(kind) ? { ...summaryOf(all), cpu: NaN, perSecond: NaN } : summaryOf(all);
    return Object.fromEntries(Array.from(measured, ([kind, all]) => [kind, summary(kind, all)]));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Measures processes in turn until two slices of each agree. @returns the kinds of which none did */
async function warm(measures: ReadonlyMap<string, () => Promise<Slice>>): Promise<string[]> {
  const cold = new Map(Array.from(measures.keys(), (kind) => [kind, NaN]));
  for (let round = 1; round <= MOST_WARM; round++)
    for (const [kind, before] of cold) {
      const { cpu } = (await measures.get(kind)?.()) ?? { cpu: NaN };
      if (round >= FEWEST_WARM && agree(before, cpu)) cold.delete(kind);
      else cold.set(kind, cpu);
    }
  return [...cold.keys()];
}

/** @returns fewer epochs than were planned, or none, if there was no time for them */
export async function runScenario(scenario: Scenario, plan: Plan, earlier: Samples = {}): Promise<Samples> {
  const samples = Object.fromEntries(scenario.kinds.map((kind) => [kind, [...(earlier[kind] ?? [])]]));
  for (let epoch = 0; epoch < plan.epochs; epoch++) {
    try {
      for (const [kind, summary] of Object.entries(await runEpoch(scenario, plan))) samples[kind]?.push(summary);
    } catch (error) {
      if (error instanceof OutOfTime) break;
      throw error;
    }
  }
  return samples;
}
