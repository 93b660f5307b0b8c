import { readFileSync } from 'node:fs';
import type { Difference } from './differences.js';

const PAGE = new URL('../../docs/conformance.md', import.meta.url);

/** The cells of a row of docs/conformance.md. */
export type Row = readonly string[];

/** The rows that the page must have: what, express-session, here, why, and the scripts that show it. */
export const expectedRows = (differences: readonly Difference[]): Row[] =>
  differences.map(({ what, expressSession, nestSession, reason, in: where, everywhere }) => [
    what,
    expressSession,
    nestSession,
    reason,
    [...(everywhere ? ['wherever it applies'] : []), ...Object.keys(where ?? {})].join('; '),
  ]);

/** The rows of the table between the two marks in the page. */
export function printedRows(): Row[] {
  const [, table] = readFileSync(PAGE, 'utf8').split(/<!-- differences(?: end)? -->/);
  const lines = (table ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
