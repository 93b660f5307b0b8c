// The cold start of the module, and what it adds to what is installed, both beside nestjs-session.
import { fileURLToPath } from 'node:url';
import { median, spreadOf } from '../lib/statistics.ts';
import { installedSizes } from './installed-size.mjs';
import { runAlone, runChild, withRedis } from './support.mjs';

const CHILD = fileURLToPath(new URL('startup-child.mjs', import.meta.url));
const KINDS = {
  'no session': 'nothing',
  'nest-session, memory': 'memory',
  'nest-session, Redis': 'redis',
  'nestjs-session, memory': 'nestjs-session',
  'nestjs-session, connect-redis': 'nestjs-session, redis',
};
const BARE = 'no session';

/** Milliseconds from the first line of a fresh process until it listens; a few of each kind, in turn. */
async function coldStarts(url, runs) {
  const samples = Object.fromEntries(Object.keys(KINDS).map((name) => [name, []]));
  for (let i = -1; i < runs; i++)
    for (const name of Object.keys(KINDS).toSorted(() => Math.random() - 0.5)) {
      const { ms, cpu } = await runChild(CHILD, [KINDS[name], url], { timeout: 30_000 });
      // The first reads files that later ones find in the system's cache.
      if (i >= 0) samples[name].push({ ms, cpu: (cpu.user + cpu.system) / 1000 });
    }
  const over = (name, figure) => spreadOf(samples[name].map((sample, i) => sample[figure] - samples[BARE][i][figure]));
  return Object.fromEntries(
    Object.entries(samples).map(([name, all]) => [
      name,
      { ms: median(all.map(({ ms }) => ms)), more: over(name, 'ms'), cpu: over(name, 'cpu') },
    ]),
  );
}

/** @returns undefined without a registry to install from: the rest of the part needs none */
const sizesOrNone = () =>
  installedSizes().catch((error) => {
    console.error(`The installed size was not measured: ${String(error.message).split('\n')[0]}`);
    return undefined;
  });

/** @returns cold starts and installed sizes */
export async function run({ redisUrl, quick = false, full = false } = {}) {
  const runs = quick ? 5 : 15;
  const starts = await withRedis(redisUrl, (url) => coldStarts(url, runs));
  const sizes = full ? await sizesOrNone() : undefined;
  const rows = {};
  for (const [name, { ms, more, cpu }] of Object.entries(starts)) {
    const size =
      sizes?.[
        { [BARE]: 'bare', 'nest-session, memory': 'nest-session', 'nestjs-session, memory': 'nestjs-session' }[name]
      ];
    rows[name] = {
      'ms until it listens': ms.toFixed(0),
      'more than without': more.median.toFixed(0),
      'CPU ms more': cpu.median.toFixed(0),
      ...(size && { packages: size.packages, KB: Math.round(size.bytes / 1000) }),
    };
  }
  return {
    title: `Cold start, median of ${runs} runs in turn; packages and KB of a bare application, and beyond it`,
    rows,
    // Of the CPU: how long it takes on a busy machine is chance.
    figures: {
      'cold start, CPU ms over bare Nest, memory': starts['nest-session, memory'].cpu,
      'cold start, CPU ms over bare Nest, Redis': starts['nest-session, Redis'].cpu,
    },
  };
}

await runAlone(import.meta.url, run);
