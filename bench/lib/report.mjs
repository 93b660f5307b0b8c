// Tables: for the terminal, and in Markdown for the documentation.
import { KINDS } from '../kinds.mjs';

const PLATFORMS = { express: 'Express', fastify: 'Fastify' };

const round = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));
const spread = (of) => (of ? `${round(of.median)} (${round(of.min)} to ${round(of.max)})` : '');
const plain = (of) => (of ? round(of.median) : '');

/** Rows of a scenario on one platform, by kind. */
function rowsOf({ kinds }, platform, show) {
  const chosen = Object.entries(kinds).filter(([kind]) => KINDS[kind].platform === platform);
  return chosen.map(([kind, figures]) => ({
    '': kind.replace('Fastify: ', ''),
    'requests/s': Math.round(figures.perSecond),
    '/ reference': show(figures.ratios['requests/s / reference']),
    '/ no session': show(figures.ratios['requests/s / no session']),
    'CPU µs': round(figures.cpu),
    'CPU / reference': show(figures.ratios['CPU / reference']),
    'tax µs': show(figures.ratios.tax),
    over: figures.baseline?.replace('Fastify: ', '') ?? '',
    'tax / reference': show(figures.ratios['tax / reference']),
    'p50 ms': round(figures.p50),
    'p99 ms': round(figures.p99),
    'Redis commands': round(figures.commands),
    'header bytes': figures.headerBytes,
  }));
}

const isShown = (rows, column) => rows.some((row) => row[column] !== '');
const columnsOf = (rows) => Object.keys(rows[0]).filter((column) => column === '' || isShown(rows, column));

/** Prints a scenario, one table for each platform. */
export function printScenario(name, result) {
  for (const [platform, title] of Object.entries(PLATFORMS)) {
    const rows = rowsOf(result, platform, spread);
    if (rows.length === 0) continue;
    console.log(`\n${name}, ${title}. Reference: ${result.reference[platform].replace('Fastify: ', '')}`);
    const columns = columnsOf(rows).filter((column) => column !== '');
    console.table(Object.fromEntries(rows.map((row) => [row[''], row])), columns);
  }
}

const rowOfTarget = ({ name, scenario, direction, threshold, measured, reached }) => ({
  target: name,
  scenario,
  wanted: `${direction} ${threshold}`,
  measured: measured ? spread(measured) : 'not measured',
  reached: reached === undefined ? '' : reached ? 'yes' : 'NO',
});

export function printTargets(targets) {
  console.log('\nTargets: median (spread) of the rounds');
  console.table(targets.map(rowOfTarget));
}

const line = (cells) => `| ${cells.join(' | ')} |`;

function markdownTable(rows, columns) {
  const alignment = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(columns), line(alignment), ...rows.map((row) => line(columns.map((column) => row[column])))].join('\n');
}

/** The scenarios of a run in Markdown. @param level how deep its headings are */
export function scenariosAsMarkdown(results, level = '##') {
  const sections = Object.entries(results.scenarios).flatMap(([name, result]) =>
    Object.entries(PLATFORMS).flatMap(([platform, title]) => {
      const rows = rowsOf(result, platform, plain);
      if (rows.length === 0) return [];
      const reference = result.reference[platform].replace('Fastify: ', '');
      return [`${level} ${name}, ${title}`, `Reference: ${reference}.`, markdownTable(rows, columnsOf(rows))];
    }),
  );
  return [ran(results), ...sections].join('\n\n');
}

/** What of this run belongs into a README: the targets, with when and on what they were measured. */
export function targetsAsMarkdown(results) {
  const rows = results.targets.map(rowOfTarget);
  return [ran(results), markdownTable(rows, Object.keys(rows[0]))].join('\n\n');
}

const ran = ({ date, node, hardware, rounds, seconds }) =>
  `Measured on ${date.slice(0, 10)} with Node ${node} on ${hardware}, load and servers on the same machine: ${rounds} ` +
  `rounds of ${seconds} s for each row, in random order; medians. \`npm run bench\` makes it anew.`;

const SUMMARY = ['', 'requests/s', '/ no session', 'CPU µs', 'tax µs', 'Redis commands'];

/** The scenario that says most, on Express: for a README. */
export function summaryAsMarkdown(results) {
  const rows = rowsOf(results.scenarios['signed-in read'], 'express', plain);
  const shown = rows.filter((row) => !row[''].startsWith('no-op'));
  return [markdownTable(shown, SUMMARY), ran(results)].join('\n\n');
}

/** What was measured besides scenarios: memory, growth, cold starts. */
export function partsAsMarkdown(results) {
  return Object.values(results.parts)
    .map(({ title, rows }) => {
      const table = Object.entries(rows).map(([name, row]) => ({ '': name, ...row }));
      const columns = [...new Set(table.flatMap((row) => Object.keys(row)))];
      const filled = table.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ''])));
      return `### ${title}\n\n${markdownTable(filled, columns)}`;
    })
    .join('\n\n');
}
