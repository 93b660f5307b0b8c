import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { IConfiguration } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { fromRoot } from './workspace.js';

const source = 'libs/session/src';
const { default: rules } = (await import(fromRoot('.dependency-cruiser.js'))) as { default: IConfiguration };
const text = readFileSync(fromRoot('docs/architecture.md'), 'utf8');

/** What stands in code marks and is a path: it has a slash, or ends as a file does. Names of entry points are none. */
const pathsIn = (markdown: string): string[] =>
  [...markdown.matchAll(/`(?<code>[^`\s]+)`/g)]
    .map((match) => match.groups?.['code'] ?? '')
    .filter((code) => /\/|\.(?:ts|js|json|md|txt)$/.test(code) && !/^nest-session\/|[()@]/.test(code));

const isThere = (path: string): boolean => existsSync(fromRoot(path)) || existsSync(fromRoot(source, path));

/** The section under a heading, up to the next one. */
const section = (heading: string): string => text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';

const folders = readdirSync(fromRoot(source), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const rowsOf = (markdown: string): string[][] =>
  markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));

/** Small enough to be read in one go, as CONTRIBUTING.md has it. */
const MAX_LINES = 250;
const isSource = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.spec.ts');

describe('the sources of the library', () => {
  const files = readdirSync(fromRoot(source), { recursive: true, encoding: 'utf8' }).filter(isSource);
  const linesOf = (file: string): number => readFileSync(fromRoot(source, file), 'utf8').trimEnd().split('\n').length;
  const isLong = (file: string): boolean => linesOf(file) > MAX_LINES;

  it(`are in files of at most ${MAX_LINES} lines`, () => {
    expect(files.length).toBeGreaterThan(200);
    expect(files.filter(isLong)).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('names only paths that exist', () => {
    const paths = pathsIn(text);
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
  });

  it('tells rooms and leaves apart as the import rules do', () => {
    const inRules = (rules.forbidden ?? []).flatMap(({ name }) => /^room-(.+)$/.exec(name ?? '')?.[1] ?? []);
    const [rooms = '', leaves = ''] = section('The rooms').split('A folder that the table of imports does not name');
    const named = (part: string) =>
      new Set([...part.matchAll(/^\| `(?<name>[a-z-]+)\/`/gm)].map((row) => row.groups?.['name']));
    expect(named(rooms)).toEqual(new Set(inRules));
    expect(named(leaves)).toEqual(new Set(folders.filter((name) => !inRules.includes(name))));
  });

  it('answers every "where" with at most two files', () => {
    const rows = rowsOf(section('Where would I add'));
    expect(rows.length).toBeGreaterThan(10);
    const answers = rows.map(([, what = '', where = '']) => ({ what, files: pathsIn(where) }));
    expect(answers.filter(({ files }) => files.length < 1 || files.length > 2)).toEqual([]);
  });

  it.each(['store, for Postgres', 'header', 'an event', 'a guard', 'a changed default', 'an option', 'an error'])(
    'answers the question about %s',
    (what) => {
      expect(rowsOf(section('Where would I add')).filter((row) => row[1]?.includes(what))).not.toEqual([]);
    },
  );

  it('would notice a path that is gone', () => {
    expect(pathsIn('see `stores/gone.ts`, `nest-session/redis` and `login()`')).toEqual(['stores/gone.ts']);
    expect(isThere('stores/gone.ts')).toBe(false);
  });
});
