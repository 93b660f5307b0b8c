import type { AllowedEnds } from './allowed-ends.js';
import { Verdict } from './invariants.js';
import { PairRun } from './pair-run.js';
import type { Pair } from './operations.js';
import { searchAll, type Choice, type Fault, type Reduction, type Search } from './scheduler.js';
import type { Backend } from './world.js';

/** A violation, and the first schedule that led to it. */
export type Violations = ReadonlyMap<string, readonly string[]>;

export interface SearchedPair extends Search {
  readonly violations: Violations;
}

export const trace = (run: PairRun, happened: readonly Choice[]): string[] => [
  ...happened.map(({ id }) => id),
  ...[...run.answers].map(
    ([actor, { status, code, rejected, action }]) =>
      `${actor} (${run.operation(actor).label}) = ${status}${code ? ` ${code}` : ''}${rejected ? ', rejected' : ''}, cookie: ${action.type}`,
  ),
];

/** Carries out every schedule of a pair, and judges each end. */
export async function searchPair(
  backend: Backend,
  pair: Pair,
  options: { readonly faults?: readonly Fault[]; readonly reduction?: Reduction; readonly most?: number } = {},
): Promise<SearchedPair> {
  const violations = new Map<string, readonly string[]>();
  const search = await searchAll(
    () => PairRun.begin(backend, pair),
    async (run, happened) => {
      for (const violation of await Verdict.of(run, happened))
        if (!violations.has(violation)) violations.set(violation, trace(run, happened));
    },
    options,
  );
  return { ...search, violations };
}

/** What is wrong with a pair: what is not allowed, with the schedule that leads to it, and what is allowed in vain. */
export function unexplained({ label }: Pair, { violations }: SearchedPair, allowed: AllowedEnds): string[] {
  const named = Object.keys(allowed[label] ?? {});
  return [
    ...[...violations]
      .filter(([violation]) => !named.includes(violation))
      .map(([violation, steps]) => [`${label}: ${violation}`, ...steps].join('\n  ')),
    ...named.filter((one) => !violations.has(one)).map((one) => `${label}: is allowed and does not occur: ${one}`),
  ];
}
