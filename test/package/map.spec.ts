import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { pages } from './doc-blocks.js';
import { fromRoot } from './workspace.js';

/** What test/README.md links to, by the path from the root of the repository. */
const linked = [...readFileSync(fromRoot('test/README.md'), 'utf8').matchAll(/\]\((?<target>[^)#\s]+)(#[^)\s]*)?\)/g)]
  .map(({ groups }) => groups?.['target'] ?? '')
  .filter((target) => !/^[a-z]+:/.test(target))
  .map((target) => normalize(join('test', target)).replace(/\/$/, ''));

const foldersIn = (path: string): string[] =>
  readdirSync(fromRoot(path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${path}/${name}`);

// What is missing here goes into the tables of test/README.md, with its page, its rooms and its specs.
it.each<[what: string, paths: readonly string[]]>([
  ['every page of the docs', pages.filter((page) => page.startsWith('docs/') && !page.startsWith('docs/guides/'))],
  ['every folder of tests', foldersIn('test')],
  ['every room of the library', foldersIn('libs/session/src')],
])('the map of tests names %s', (_what, paths) => {
  expect(paths.filter((path) => !linked.includes(path))).toEqual([]);
});

it('the map of tests names nothing that is not there', () => {
  expect(linked.filter((path) => !existsSync(fromRoot(path)))).toEqual([]);
});
