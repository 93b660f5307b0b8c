// From slices to the figures that are printed and written as JSON.
import { KINDS, baselineOf, noSessionOf } from '../kinds.mjs';
import { TARGETS } from '../targets.mjs';
import { isReached } from './judge.mjs';
import { median, overRounds, spreadOf } from './statistics.mjs';

const FIGURES = ['perSecond', 'cpu', 'p50', 'p99', 'commands', 'headerBytes'];

/** Medians and ratios of a scenario, by kind. Ratios that need a kind that was not measured are left out. */
export function resultOf(scenario, samples) {
  const over = (valueOf) => overRounds(scenario, samples, valueOf);
  const kinds = Object.fromEntries(
    Object.entries(samples).map(([kind, slices]) => {
      const medians = FIGURES.map((figure) => [figure, median(slices.map((slice) => slice[figure]))]);
      const reference = scenario.reference[KINDS[kind].platform];
      // A baseline has no tax; where nothing is read or nobody is logged in, none was measured.
      const isBaseline = KINDS[kind].setUp === 'no-session';
      const ratios = {
        'requests/s / reference': over((round) => round.perSecond(kind) / round.perSecond(reference)),
        'requests/s / no session': over((round) => round.perSecond(kind) / round.perSecond(noSessionOf(kind))),
        'CPU / reference': over((round) => round.cpu(kind) / round.cpu(reference)),
        ...(!isBaseline && {
          tax: over((round) => round.tax(kind)),
          'tax / reference': over((round) => round.tax(kind) / round.tax(reference)),
        }),
      };
      const known = Object.fromEntries(Object.entries(ratios).filter(([, spread]) => spread));
      return [
        kind,
        { ...Object.fromEntries(medians), ...(known.tax && { baseline: baselineOf(kind, scenario) }), ratios: known },
      ];
    }),
  );
  return { reference: scenario.reference, rounds: Object.values(samples)[0]?.length ?? 0, kinds };
}

/** What came of the targets. @param runs `{ scenario, samples }` of each scenario @param parts results by name */
export const targetsOf = (runs, parts) =>
  TARGETS.map(({ name, scenario, part, value, direction, threshold }) => {
    const measured = part ? ofPart(parts[part], value) : ofRounds(runs, scenario, value);
    const wanted = { direction, threshold };
    return { name, scenario: scenario ?? part, ...wanted, measured, reached: isReached(wanted, measured) };
  });

function ofRounds(runs, name, value) {
  const run = runs.find(({ scenario }) => scenario.name === name);
  return run && overRounds(run.scenario, run.samples, value);
}

function ofPart(part, value) {
  return part && Object.keys(part.ratios).length > 0 ? spreadOf([value(part.ratios)]) : undefined;
}
