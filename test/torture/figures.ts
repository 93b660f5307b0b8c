/** What a scenario counted. What it does not count is left out. */
export interface Figures {
  readonly scenario: string;
  readonly tries: number;
  /** Changes that were acknowledged and are not there. */
  readonly lost?: number;
  /** Sessions that were over and came back. */
  readonly revived?: number;
  /** Answers that should not have been given: a cookie for a session that is over, an error where none was due. */
  readonly wrong?: number;
  /** Answers that came later than they may. */
  readonly late?: number;
  /** The longest wait, in milliseconds. */
  readonly worst?: number;
  /** Milliseconds from the return of the store to the last request that did not get what it asked for. */
  readonly back?: number;
  /** What else is worth knowing. */
  readonly note?: string;
  /** The promises that were broken, in words; none if all were kept. */
  readonly broken: readonly string[];
}

const COLUMNS = ['scenario', 'tries', 'lost', 'revived', 'wrong', 'late', 'worst', 'back', 'note'] as const;
const HEADS: Partial<Record<(typeof COLUMNS)[number], string>> = { worst: 'worst ms', back: 'back ms' };

/** The figures as a table for the console. */
export function table(title: string, rows: readonly Figures[]): string {
  const cells = [
    COLUMNS.map((column) => HEADS[column] ?? column),
    ...rows.map((row) => COLUMNS.map((column) => show(row[column]))),
  ];
  const widths = COLUMNS.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) =>
        index === 0 || index === COLUMNS.length - 1
          ? cell.padEnd(widths[index] ?? 0)
          : cell.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines].join('\n');
}

/** Names the promises whose count is not zero. */
export const brokenBy = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).flatMap(([promise, times]) => (times > 0 ? [`${promise}: ${times}`] : []));

const show = (value: string | number | undefined): string =>
  value === undefined ? '-' : typeof value === 'number' ? `${Math.round(value)}` : value;
