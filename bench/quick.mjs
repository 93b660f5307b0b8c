// A short run that notices when this package became slower beside its peers: `npm run bench -- --quick`.
import { fallen, TOLERANCE } from './lib/judge.mjs';
import { printScenario } from './lib/report.mjs';
import { resultOf } from './lib/results.mjs';
import { runScenario } from './lib/rounds.mjs';
import { ofBest } from './lib/statistics.mjs';
import { QUICK_SCENARIOS } from './scenarios.mjs';
import { WATCHED } from './targets.mjs';

/** The ratios that are watched in a scenario, by name. */
function watchedIn(scenario, samples) {
  const measured = WATCHED.filter((ratio) => ratio.scenario === scenario.name).map(({ name, value }) => [
    name,
    ofBest(samples, value),
  ]);
  return Object.fromEntries(measured.filter(([, ratio]) => ratio !== undefined));
}

/**
 * @param recorded ratios by name, or undefined where they are only to be measured
 * @returns the slices, the ratios as `watched`, and whether none has fallen too far as `ok`
 */
export async function runQuick(settings, recorded = {}) {
  const runs = [];
  const watched = {};
  for (const scenario of QUICK_SCENARIOS.filter(({ name }) => name.includes(settings.only))) {
    const samples = await runScenario(scenario, settings);
    runs.push({ scenario, samples });
    printScenario(scenario.name, resultOf(scenario, samples));
    const measured = watchedIn(scenario, samples);
    const suspects = fallen(recorded, measured);
    Object.assign(watched, measured, suspects.length > 0 ? await again(scenario, suspects, settings) : {});
  }
  const worse = fallen(recorded, watched);
  console.log(`\nRatios, higher is better. May fall by ${TOLERANCE * 100} % below what is recorded.`);
  console.table(
    Object.fromEntries(
      Object.entries(watched).map(([name, value]) => [
        name,
        {
          recorded: recorded[name]?.toFixed(2) ?? 'none',
          measured: value.toFixed(2),
          verdict: worse.includes(name) ? 'WORSE' : '',
        },
      ]),
    ),
  );
  return { runs, watched, ok: worse.length === 0 };
}

/** Noise does not come back when the same is measured again for twice as long; a change for the worse does. */
async function again(scenario, suspects, settings) {
  const kinds = new Set(WATCHED.filter(({ name }) => suspects.includes(name)).flatMap((ratio) => ratio.kinds));
  settings.say(`\nMeasured again, with twice the rounds: ${suspects.join('; ')}`);
  const narrowed = { ...scenario, kinds: scenario.kinds.filter((kind) => kinds.has(kind)) };
  const samples = await runScenario(narrowed, { ...settings, rounds: settings.rounds * 2 });
  const measured = watchedIn(narrowed, samples);
  return Object.fromEntries(suspects.map((name) => [name, measured[name]]));
}
