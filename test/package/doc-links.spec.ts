import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { pages } from './doc-blocks.js';
import { fromRoot } from './workspace.js';

/** Pages whose links are followed, but whose code is not compiled: see doc-blocks.ts. */
const linked = [
  ...pages,
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'examples/next/README.md',
  ...readdirSync(fromRoot('docs/adr')).map((name) => `docs/adr/${name}`),
];

const textOf = (page: string): string => readFileSync(fromRoot(page), 'utf8').replaceAll(/```.*?```/gs, '');

/** Where the links of a page lead to in the repository, by their path from its root. */
const linksOf = (page: string) =>
  [...textOf(page).matchAll(/\]\((?<target>[^)\s]+)\)/g)]
    .map((match) => match.groups?.['target'] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { target, path: path === '' ? page : join(dirname(page), path), anchor };
    });

/** The names by which the headings of a page are linked to. */
const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (?<heading>.+)$/gm)].map((match) =>
    (match.groups?.['heading'] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );

it.each(linked)('%s links to what is there', (page) => {
  const broken = linksOf(page).filter(
    ({ path, anchor }) =>
      !existsSync(fromRoot(path)) || (anchor !== undefined && !anchorsOf(path).includes(decodeURIComponent(anchor))),
  );
  expect(broken.map(({ target }) => target)).toEqual([]);
});

it('leads from the read-me to every page', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const { path } of linksOf(page))
      if (path.endsWith('.md') && existsSync(fromRoot(path)) && statSync(fromRoot(path)).isFile()) reached.add(path);
  const ours = linked.filter((page) => /^(?:docs\/(?!adr\/template)|[^/]+$)/.test(page));
  expect(ours.filter((page) => !reached.has(page))).toEqual([]);
});
