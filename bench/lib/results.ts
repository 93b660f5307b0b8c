// From the summaries of processes to figures and ratios. Ratios are taken within an epoch: what else the machine does
// differs from one epoch to the next.
import { baselineOf, kindOf, noSessionOf, type Waiting } from '../kinds.ts';
import type { Samples } from './epochs.ts';
import { FEWEST, isNoisy, type Unit } from './judge.ts';
import type { Slice } from './slice.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** Above this share of the server's CPU, the client may be what holds requests back. */
const CLIENT_SHARE = 0.8;

/** One epoch, by kind. */
export interface Epoch {
  readonly cpu: (kind: string) => number;
  /** Of Redis, for each request. A heartbeat of a connection is none, so it is rounded. */
  readonly commands: (kind: string) => number;
  /** Not measured where the client may have held requests back. */
  readonly perSecond: (kind: string) => number;
  /** CPU microseconds over the baseline that waits as the kind does. */
  readonly tax: (kind: string) => number;
}

/** What is known of a kind: CPU alone, or whatever a slice has. */
export type Figures = Readonly<Record<string, readonly (Pick<Slice, 'cpu'> & Partial<Slice>)[]>>;

class NotMeasured extends Error {}

function epochOf(scenario: Waiting, samples: Figures, index: number): Epoch {
  const of = (kind: string, figure: keyof Slice = 'cpu'): number => {
    const value = samples[kind]?.[index]?.[figure];
    if (value === undefined) throw new NotMeasured(kind);
    return value;
  };
  const cpu = (kind: string): number => of(kind);
  return {
    cpu,
    commands: (kind) => Math.round(of(kind, 'commands') * 100) / 100,
    perSecond: (kind) => {
      if (of(kind, 'clientCpu') > CLIENT_SHARE * cpu(kind)) throw new NotMeasured(kind);
      return of(kind, 'perSecond');
    },
    tax: (kind) => cpu(kind) - cpu(baselineOf(kind, scenario)),
  };
}

/**
 * @returns a figure of every epoch in which all that it needs was warm, or undefined if a kind that it needs was not
 *   measured
 */
export function valuesOf(scenario: Waiting, samples: Figures, valueOf: (epoch: Epoch) => number): number[] | undefined {
  const epochs = Math.min(...Object.values(samples).map(({ length }) => length));
  if (!Number.isFinite(epochs)) return undefined;
  try {
    const values = Array.from({ length: epochs }, (_, index) => valueOf(epochOf(scenario, samples, index)));
    return values.filter((value) => !Number.isNaN(value));
  } catch (error) {
    if (error instanceof NotMeasured) return undefined;
    throw error;
  }
}

/** @returns the spread of the figure, undefined if it was not measured. Of one epoch alone it is not known: noise. */
export function overEpochs(scenario: Waiting, samples: Figures, valueOf: (epoch: Epoch) => number): Spread | undefined {
  const values = valuesOf(scenario, samples, valueOf);
  if (!values) return undefined;
  if (values.length === 0) return { median: NaN, min: NaN, max: NaN, noise: Infinity };
  const spread = spreadOf(values);
  return values.length < FEWEST ? { ...spread, noise: Infinity } : spread;
}

export interface Cell {
  readonly unit: Unit;
  readonly spread: Spread | undefined;
  readonly noisy: boolean;
}
export interface Row {
  readonly kind: string;
  readonly baseline: string | undefined;
  readonly cells: Readonly<Record<string, Cell>>;
}

const NO_CELL: Cell = { unit: 'tax', spread: undefined, noisy: false };

/** The table of a scenario: a row for each kind. */
export function rowsOf(
  scenario: Waiting & { reference: Record<string, string>; taxed: boolean },
  samples: Samples,
): Row[] {
  return Object.keys(samples).map((kind) => {
    const cell = (valueOf: (epoch: Epoch) => number, unit: Unit = 'share'): Cell => {
      const spread = overEpochs(scenario, samples, valueOf);
      return { unit, spread, noisy: spread !== undefined && isNoisy(spread, unit) };
    };
    const { platform, setUp } = kindOf(kind);
    const reference = scenario.reference[platform] ?? '';
    const isTaxed = scenario.taxed && setUp !== 'no-session';
    return {
      kind,
      baseline: isTaxed ? baselineOf(kind, scenario) : undefined,
      cells: {
        'CPU µs': cell(({ cpu }) => cpu(kind)),
        'CPU / reference': cell(({ cpu }) => cpu(kind) / cpu(reference)),
        'tax µs': isTaxed ? cell(({ tax }) => tax(kind), 'tax') : NO_CELL,
        'requests/s': cell(({ perSecond }) => perSecond(kind)),
        '/ no session': cell(({ perSecond }) => perSecond(kind) / perSecond(noSessionOf(kind))),
        'Redis commands': cell(({ commands }) => commands(kind)),
      },
    };
  });
}
