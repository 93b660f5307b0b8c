// Measures this package beside its peers: `npm run bench`, or with `-- --help`. See docs/performance.md.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { runScenario, type Plan } from './lib/epochs.ts';
import { writeFormatted, writePage } from './lib/pages.ts';
import { startRedis } from './lib/processes.ts';
import { printPart, printRun, printTargets, sectionsOf, type Part, type Results, type Run } from './lib/report.ts';
import { runQuick } from './quick.ts';
import { SCENARIOS, withBaselines } from './scenarios.ts';

const HELP = `npm run bench -- [options]

  --quick         a few scenarios; fails if a ratio is far below its floor in bench/recorded.json
  --full          all scenarios with all kinds; without it, those that the targets are about
  --only TEXT     scenarios and parts with this in their name
  --epochs N      fresh processes of each kind (3); one alone gives no figure
  --slices N      slices of each process, once it is warm (5)
  --json FILE     writes the results, the summary of every process included
  --write         writes what it measured into README.md, docs/performance.md, docs/scaling.md and bench/recorded.json
  --help          this`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    epochs: { type: 'string', default: '3' },
    slices: { type: 'string', default: '5' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit();
}
if (options.write && (options.quick || options.only !== ''))
  throw new Error('--write is for a whole run: leave --quick and --only away.');

const PARTS = ['memory', 'growth', 'startup'];
const RECORDED = 'bench/recorded.json';

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is ${text}. Give a whole number above 0.`);
  return value;
}

async function measureAll(plan: Plan): Promise<Results> {
  const runs: Run[] = [];
  for (const one of SCENARIOS.filter(({ name }) => name.includes(options.only))) {
    const kinds = options.full ? one.allKinds : one.kinds;
    if (kinds.length === 0) continue;
    const scenario = { ...one, kinds: withBaselines(one, kinds) };
    const run = { scenario, samples: await runScenario(scenario, plan) };
    runs.push(run);
    printRun(run);
  }
  const parts: Record<string, Part> = {};
  for (const name of PARTS.filter((name) => name.includes(options.only))) {
    const { run } = (await import(`./parts/${name}.mjs`)) as { run: (options: object) => Promise<Part> };
    const part = await run({ redisUrl: plan.redis.url, full: options.full });
    parts[name] = part;
    printPart(part);
  }
  const hardware = `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}`;
  const { epochs, slices } = plan;
  return { date: new Date().toISOString(), node: process.versions.node, hardware, epochs, slices, runs, parts };
}

async function writeAll(results: Results, plan: Plan): Promise<void> {
  const sections = sectionsOf(results);
  await writePage('README.md', sections);
  await writePage('docs/performance.md', sections);
  const { floors } = await runQuick({}, plan);
  await writeFormatted(RECORDED, JSON.stringify(floors));
  console.log('\nThe inputs of docs/scaling.md, about five minutes');
  const scaling = fileURLToPath(new URL('scaling.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [scaling, '--write']);
}

const started = Date.now();
const redis = await startRedis();
try {
  const plan = {
    epochs: count('epochs', options.epochs),
    slices: count('slices', options.slices),
    redis,
    say: console.log,
  };
  if (options.quick) {
    const recorded = readFileSync(new URL('recorded.json', import.meta.url), 'utf8');
    const { ok } = await runQuick(JSON.parse(recorded) as Record<string, number>, plan);
    process.exitCode = ok ? 0 : 1;
  } else {
    const results = await measureAll(plan);
    // With `--only`, what was not looked at is no news.
    printTargets(results, options.only === '');
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
    if (options.write) await writeAll(results, plan);
  }
  console.log(`\nDone in ${Math.round((Date.now() - started) / 1000)} s.`);
} finally {
  await redis.stop();
}
