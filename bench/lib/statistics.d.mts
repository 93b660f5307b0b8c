export interface Sample {
  perSecond: number;
  cpu: number;
  p50: number;
  p99: number;
  commands: number;
  headerBytes: number;
}
export interface Spread {
  median: number;
  min: number;
  max: number;
}
export interface Round {
  perSecond(kind: string): number;
  cpu(kind: string): number;
  commands(kind: string): number;
  tax(kind: string): number;
}
export interface TurnOf {
  turn?: (kind: string) => string | undefined;
}
export type Samples = Record<string, Partial<Sample>[]>;
export function quantile(sorted: readonly number[], share: number): number;
export function median(values: readonly number[]): number;
export function spreadOf(values: readonly number[]): Spread;
export function overRounds(scenario: TurnOf, samples: Samples, valueOf: (round: Round) => number): Spread | undefined;
export function ofBest(
  samples: Samples,
  valueOf: (round: Pick<Round, 'perSecond' | 'cpu'>) => number,
): number | undefined;
