/**
 * Whether everything is run: `npm run test:full`. `npm test` leaves cells of matrices out, as the functions below
 * choose, and has small counts in torture.
 */
export const full = process.env['TEST_SCOPE'] === 'full';

/** All of them in full, else these few. */
export const inFull = <T>(all: readonly T[], few: readonly T[]): readonly T[] => (full ? all : few);

/**
 * The cells of a matrix of two things that the same tests run over, such as store and platform.
 *
 * In full all of them. Else each value of the longer list once, with the values of the shorter one in turn: every test
 * runs with every value of both, and only their combination is left out.
 * @param shift a suite with another one takes the cells that its neighbour leaves out, so that each occurs somewhere
 */
export function cells<A, B>(rows: readonly A[], columns: readonly B[], shift = 0, everything = full): [A, B][] {
  const isChosen = (row: number, column: number): boolean =>
    rows.length >= columns.length ? column === (row + shift) % columns.length : row === (column + shift) % rows.length;
  return rows.flatMap((row, r) =>
    columns.flatMap((column, c): [A, B][] => (everything || isChosen(r, c) ? [[row, column]] : [])),
  );
}

/**
 * Of the cells of a matrix of many things as few as hold every pair of values of every two of them. In full all.
 * @param all cells with the same keys; values that can be told apart as text
 */
export function pairwise<T extends object>(all: readonly T[], everything = full): T[] {
  if (everything) return [...all];
  const pairsOf = (cell: T): string[] => {
    const values = Object.entries(cell).map(([key, value]) => `${key}=${value}`);
    return values.flatMap((one, index) => values.slice(index + 1).map((other) => `${one}&${other}`));
  };
  const missing = new Set(all.flatMap(pairsOf));
  const gain = (cell: T): number => pairsOf(cell).filter((pair) => missing.has(pair)).length;
  const chosen: T[] = [];
  while (missing.size > 0) {
    const best = all.reduce((one, other) => (gain(other) > gain(one) ? other : one));
    for (const pair of pairsOf(best)) missing.delete(pair);
    chosen.push(best);
  }
  return chosen;
}
