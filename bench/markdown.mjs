// Puts the tables of a run into pages: `node bench/markdown.mjs results.json docs/performance.md README.md`.
// A page says where: between `<!-- bench:scenarios -->`, `<!-- bench:targets -->`, `<!-- bench:parts -->` or `<!-- bench:summary -->` and `<!-- /bench -->`.
import { readFileSync, writeFileSync } from 'node:fs';
import { partsAsMarkdown, scenariosAsMarkdown, summaryAsMarkdown, targetsAsMarkdown } from './lib/report.mjs';

const [file, ...pages] = process.argv.slice(2);
if (file === undefined || pages.length === 0)
  throw new Error('Usage: node bench/markdown.mjs RESULTS.json PAGE.md ...');
const results = JSON.parse(readFileSync(file, 'utf8'));
const tables = {
  scenarios: () => scenariosAsMarkdown(results, '###'),
  targets: () => targetsAsMarkdown(results),
  parts: () => partsAsMarkdown(results),
  summary: () => summaryAsMarkdown(results),
};
for (const page of pages) {
  const text = readFileSync(page, 'utf8');
  const places = /(<!-- bench:(scenarios|targets|parts|summary) -->\n)[^]*?(<!-- \/bench -->)/g;
  if (!places.test(text)) throw new Error(`${page} has no place for the tables: see the head of bench/markdown.mjs`);
  writeFileSync(
    page,
    text.replace(places, (_, begin, which, end) => `${begin}\n${tables[which]()}\n\n${end}`),
  );
}
