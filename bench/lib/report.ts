// Tables: for the terminal, and in Markdown for the documentation.
import { kindOf } from '../kinds.ts';
import type { Scenario } from '../scenarios.ts';
import { TARGETS } from '../targets.ts';
import type { Samples } from './epochs.ts';
import { isNoisy, verdictOf } from './judge.ts';
import { overEpochs, rowsOf, type Cell } from './results.ts';
import type { Spread } from './statistics.ts';

export interface Run {
  readonly scenario: Scenario;
  readonly samples: Samples;
}
/** A measurement of another kind, which is no request over HTTP. */
export interface Part {
  readonly title: string;
  readonly rows: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly figures: Readonly<Record<string, Spread>>;
}
export interface Results {
  readonly date: string;
  readonly node: string;
  readonly hardware: string;
  readonly epochs: number;
  readonly slices: number;
  readonly runs: readonly Run[];
  readonly parts: Readonly<Record<string, Part>>;
}
type Table = readonly Readonly<Record<string, string | number>>[];

const PLATFORMS = { express: 'Express', fastify: 'Fastify' } as const;
const plain = (name: string): string => name.replace('Fastify: ', '');
const round = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1);
const withSpread = ({ median, min, max }: Spread): string =>
  min === max ? round(median) : `${round(median)} (${round(min)} to ${round(max)})`;

const rangeOf = ({ min, max }: Spread): string => (Number.isNaN(min) ? '' : `: ${round(min)} to ${round(max)}`);

/** @param whole with the spread, where it says something */
function show({ spread, noisy }: Cell, whole: boolean): string {
  if (!spread) return '';
  if (noisy) return `too noisy${rangeOf(spread)}`;
  return whole ? withSpread(spread) : round(spread.median);
}
const SPREAD_SHOWN = new Set(['CPU µs', 'tax µs']);

/** What has a column: those that no row has anything in are left out. */
function filled(table: Table): Table {
  const columns = [...new Set(table.flatMap((row) => Object.keys(row)))];
  const shown = columns.filter((column) => column === '' || table.some((row) => (row[column] ?? '') !== ''));
  return table.map((row) => Object.fromEntries(shown.map((column) => [column, row[column] ?? ''])));
}

function tablesOf({ scenario, samples }: Run): { title: string; table: Table }[] {
  const rows = rowsOf(scenario, samples);
  return Object.entries(PLATFORMS).flatMap(([platform, title]) => {
    const own = rows.filter(({ kind }) => kindOf(kind).platform === platform);
    if (own.length === 0) return [];
    const table = own.map(({ kind, baseline, cells }) => ({
      '': plain(kind),
      ...Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, show(cell, SPREAD_SHOWN.has(name))])),
      over: baseline ? plain(baseline) : '',
    }));
    return [{ title: `${scenario.name}, ${title}`, table: filled(table) }];
  });
}

function targetsTable({ runs, parts }: Results): Table {
  return TARGETS.map((target) => {
    const run = 'part' in target ? undefined : runs.find(({ scenario }) => scenario.name === target.scenario);
    const measured =
      'part' in target
        ? parts[target.part]?.figures[target.figure]
        : run && overEpochs(run.scenario, run.samples, target.value);
    const isFigure = measured && !isNoisy(measured, target.unit);
    return {
      target: target.name,
      scenario: 'part' in target ? target.part : target.scenario,
      wanted: `${target.direction} ${target.threshold}`,
      measured: measured ? (isFigure ? withSpread(measured) : `no figure${rangeOf(measured)}`) : '',
      verdict: verdictOf(target, measured),
    };
  });
}

const partTable = ({ rows }: Part): Table => filled(Object.entries(rows).map(([name, row]) => ({ '': name, ...row })));

function print(title: string, table: Table): void {
  console.log(`\n${title}`);
  console.table(Object.fromEntries(table.map(({ '': name, ...row }, index) => [name ?? index, row])));
}
export const printRun = (run: Run): void => tablesOf(run).forEach(({ title, table }) => print(title, table));
export const printPart = (part: Part): void => print(part.title, partTable(part));
/** @param all whether what was not measured is shown too */
export const printTargets = (results: Results, all: boolean): void =>
  print(
    'Targets: median (spread) of the processes',
    targetsTable(results).filter(({ verdict }) => all || verdict !== 'not measured'),
  );

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

function markdown(table: Table): string {
  const columns = Object.keys(table[0] ?? {});
  const alignment = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(columns), line(alignment), ...table.map((row) => line(columns.map((name) => row[name] ?? '')))].join(
    '\n',
  );
}

const ran = ({ date, node, hardware, epochs, slices }: Results): string =>
  `Measured on ${date.slice(0, 10)} with Node ${node} on ${hardware}, load and servers on the same machine: ${epochs} ` +
  `fresh processes of each row, ${slices} slices of each; the median of the processes (and the lowest and the highest).`;

/** The scenario that says most, on Express: for a README. */
function summary(results: Results): string {
  const run = results.runs.find(({ scenario }) => scenario.name === 'signed-in read');
  const table = run ? (tablesOf(run)[0]?.table ?? []) : [];
  const columns = ['', 'CPU µs', 'tax µs', 'requests/s', '/ no session', 'Redis commands'];
  const rows = table
    .filter((row) => !String(row['']).startsWith('no-op'))
    .map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? ''])));
  return [markdown(rows), ran(results)].join('\n\n');
}

/** What a page can have, by the name in its markers. */
export const sectionsOf = (results: Results): Readonly<Record<string, string>> => ({
  summary: summary(results),
  targets: [ran(results), markdown(targetsTable(results))].join('\n\n'),
  parts: Object.values(results.parts)
    .map((part) => `### ${part.title}\n\n${markdown(partTable(part))}`)
    .join('\n\n'),
  scenarios: [
    ran(results),
    ...results.runs.flatMap(tablesOf).map(({ title, table }) => `### ${title}\n\n${markdown(table)}`),
  ].join('\n\n'),
});
