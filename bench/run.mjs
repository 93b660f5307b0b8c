// Measures this package beside its peers: `npm run bench`, or with `-- --help`. See docs/performance.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startRedis } from './lib/processes.mjs';
import { printScenario, printTargets } from './lib/report.mjs';
import { resultOf, targetsOf } from './lib/results.mjs';
import { runScenario } from './lib/rounds.mjs';
import { runQuick } from './quick.mjs';
import { SCENARIOS } from './scenarios.mjs';

const HELP = `npm run bench -- [options]

  --quick         a few scenarios; fails if a ratio is more than 15 % worse than in bench/recorded.json
  --record        with --quick: writes bench/recorded.json instead of comparing
  --only TEXT     scenarios (and parts) with this in their name
  --rounds N      rounds that count, after one that warms up (5; with --quick 7)
  --seconds S     length of a slice: one kind in one round (1; with --quick 0.3)
  --json FILE     writes the results as JSON
  --help          this`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const number = (name, text) => {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} is ${text}. Give a number above 0.`);
  return value;
};

/** Measurements of another kind, which are not requests over HTTP. */
const PARTS = ['memory', 'growth', 'startup'];

async function runParts(settings) {
  const parts = {};
  for (const name of PARTS) {
    const file = new URL(`parts/${name}.mjs`, import.meta.url);
    if (!existsSync(file) || !name.includes(options.only)) continue;
    const { run } = await import(file);
    const part = await run(settings);
    console.log(`\n${part.title}`);
    console.table(part.rows);
    parts[name] = part;
  }
  return parts;
}

async function runAll(settings) {
  const runs = [];
  for (const scenario of SCENARIOS.filter(({ name }) => name.includes(options.only))) {
    const samples = await runScenario(scenario, settings);
    runs.push({ scenario, samples });
    printScenario(scenario.name, resultOf(scenario, samples));
  }
  const parts = await runParts({ redisUrl: settings.redis.url, quick: false });
  const targets = targetsOf(runs, parts);
  // With `--only`, what was not looked at is no news.
  printTargets(targets.filter(({ measured }) => measured !== undefined || options.only === ''));
  return { runs, targets, parts };
}

if (options.help) {
  console.log(HELP);
  process.exit();
}

const started = Date.now();
const redis = await startRedis();
try {
  const settings = {
    rounds: Math.ceil(number('rounds', options.rounds ?? (options.quick ? '7' : '5'))),
    seconds: number('seconds', options.seconds ?? (options.quick ? '0.3' : '1')),
    only: options.only,
    redis,
    say: (text) => console.log(text),
  };
  const { rounds, seconds } = settings;
  const recorded = new URL('recorded.json', import.meta.url);
  const {
    runs,
    ok = true,
    ...rest
  } = options.quick
    ? await runQuick(settings, options.record ? undefined : JSON.parse(readFileSync(recorded, 'utf8')))
    : await runAll(settings);
  if (options.record) writeFileSync(recorded, `${JSON.stringify(rest.watched, undefined, 2)}\n`);
  if (options.json) {
    const hardware = `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}`;
    const scenarios = Object.fromEntries(
      runs.map(({ scenario, samples }) => [scenario.name, { ...resultOf(scenario, samples), samples }]),
    );
    const all = { date: new Date().toISOString(), node: process.versions.node, hardware, rounds, seconds };
    writeFileSync(options.json, `${JSON.stringify({ ...all, scenarios, ...rest }, undefined, 2)}\n`);
  }
  console.log(`\nDone in ${Math.round((Date.now() - started) / 1000)} s.`);
  process.exitCode = ok ? 0 : 1;
} finally {
  await redis.stop();
}
