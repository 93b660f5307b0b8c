import type { Spread } from './statistics.mjs';

export const TOLERANCE: number;
export function isReached(
  target: { direction: 'at most' | 'at least'; threshold: number },
  measured: Pick<Spread, 'median'> | undefined,
): boolean | undefined;
export function fallen(
  recorded: Readonly<Record<string, number>>,
  measured: Readonly<Record<string, number>>,
): string[];
