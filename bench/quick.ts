// A short run that notices when this package became slower beside its peers: `npm run bench -- --quick`.
//
// It ends in time, on a busy machine with fewer processes. A ratio that fell, or whose processes differ, is measured
// again with more of them; one that is then still no figure is not judged, which is said, and fails nothing.
import { runScenario, type Plan, type Samples } from './lib/epochs.ts';
import { FEWEST, isNoisy, judge, TOLERANCE, type Judgement } from './lib/judge.ts';
import { valuesOf } from './lib/results.ts';
import { spreadOf } from './lib/statistics.ts';
import { QUICK_SCENARIOS, type Scenario } from './scenarios.ts';
import { WATCHED } from './targets.ts';

type Floors = Readonly<Record<string, number>>;
interface Watched {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly values: readonly number[];
  readonly judgement: Judgement;
}

/** Milliseconds of measuring; what is under way when they are over takes a few seconds more. */
const TIME = 135_000;

/** Exported for its test. */
export const watchedIn = (scenario: Scenario, samples: Samples, floors: Floors): Watched[] =>
  WATCHED.filter((ratio) => ratio.scenario === scenario.name).map(({ name, kinds, value }) => {
    const some = Object.fromEntries(kinds.map((kind) => [kind, samples[kind] ?? []]));
    const values = valuesOf(scenario, some, value) ?? [];
    return { name, kinds, values, judgement: judge(floors[name], values, spreadOf(values)) };
  });

/** @returns the lowest of each ratio that is a figure as `floors`, and whether none fell as `ok` */
export async function runQuick(floors: Floors, options: Omit<Plan, 'until' | 'epochs' | 'slices'>) {
  const plan = { ...options, slices: 4, until: Date.now() + TIME };
  const runs = QUICK_SCENARIOS.map((scenario) => ({ scenario, samples: {} as Samples }));
  // All of them once, then again: if time runs out, each has as much as the others.
  for (let epoch = 0; epoch < 3; epoch++)
    for (const run of runs) run.samples = await runScenario(run.scenario, { ...plan, epochs: 1 }, run.samples);
  for (const run of runs) {
    const doubtful = watchedIn(run.scenario, run.samples, floors).filter(
      ({ judgement }) => judgement === 'WORSE' || judgement === 'NOT JUDGED: too noisy',
    );
    if (doubtful.length === 0) continue;
    options.say(`Measured again: ${doubtful.map(({ name }) => name).join('; ')}`);
    const kinds = [...new Set(doubtful.flatMap((one) => one.kinds))];
    const again = await runScenario({ ...run.scenario, kinds }, { ...plan, epochs: 3 }, run.samples);
    run.samples = { ...run.samples, ...again };
  }
  const watched = runs.flatMap(({ scenario, samples }) => watchedIn(scenario, samples, floors));
  console.log(`\nRatios, higher is better. May fall by ${TOLERANCE * 100} % below their floors.`);
  const row = ({ name, values, judgement }: Watched) => ({
    floor: floors[name]?.toFixed(2) ?? 'none',
    median: values.length > 0 ? spreadOf(values).median.toFixed(2) : 'none',
    'each process': values.map((value) => value.toFixed(2)).join(' '),
    judgement,
  });
  console.table(Object.fromEntries(watched.map((one) => [one.name, row(one)])));
  const open = watched.filter(({ judgement }) => judgement.startsWith('NOT JUDGED')).length;
  if (open > 0) console.log(`${open} of ${watched.length} ratios were NOT JUDGED: see the table.`);
  return {
    floors: Object.fromEntries(
      watched
        .filter(({ values }) => values.length >= FEWEST && !isNoisy(spreadOf(values), 'share'))
        .map(({ name, values }) => [name, Number(Math.min(...values).toFixed(2))]),
    ),
    ok: watched.every(({ judgement }) => judgement !== 'WORSE'),
  };
}
