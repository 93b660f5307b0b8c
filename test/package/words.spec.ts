import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromRoot } from './workspace.js';

/** Where retired words are looked for. Of specs, everywhere, only the titles count. */
const CHECKED: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench',
  'docs',
  'examples/next',
  'libs/session/README.md',
  'libs/session/src',
  'src',
  'test',
];

/** Words are quoted there, and decisions are history. */
const EXEMPT = /^(?:docs\/words\.md|docs\/adr\/)|\/(?:node_modules|dist|\.next|\.data|\.cache)\//;
const TEXT = new Set(['.md', '.ts', '.tsx', '.mjs', '.hbs', '.css', '.html']);

type Scope = 'text' | 'code';

interface RetiredWord {
  readonly examples: string;
  readonly pattern: RegExp;
  readonly scope: Scope;
}

/** The rows of the table under "Retired words". */
function retiredWords(page = readFileSync(fromRoot('docs/words.md'), 'utf8')): RetiredWord[] {
  const [, table = ''] = page.split('## Retired words');
  return table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => {
      const [, examples = '', , pattern = '', scope = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const source = pattern.slice(1, -1).replaceAll('\\|', '|');
      const where = scope.slice(1, -1);
      if (where !== 'text' && where !== 'code') throw new Error(`docs/words.md: no such scope in "${line}"`);
      // A name is written with capitals, and means only itself; a word may begin a sentence.
      const flags = /[A-Z]/.test(source.replaceAll(/\\./g, '')) ? 'g' : 'gi';
      return { examples, pattern: new RegExp(source, flags), scope: where };
    });
}

const filesUnder = (path: string): string[] => {
  if (!statSync(fromRoot(path)).isDirectory()) return [path];
  return readdirSync(fromRoot(path), { withFileTypes: true }).flatMap((entry) => {
    const file = join(path, entry.name);
    if (EXEMPT.test(`${file}/`) || EXEMPT.test(file)) return [];
    return entry.isDirectory() ? filesUnder(file) : TEXT.has(extname(file)) ? [file] : [];
  });
};

const IS_TEST = /^test\/|^libs\/session\/src\/.*\.spec\.ts$/;
const IS_BENCH = /^(?:test\/)?bench\//;
const TITLE =
  /\b(?:describe|it|test)(?:\.\w+)*(?:\([^()]*\))?\(\s*(?<quote>['"`])(?<title>(?:(?!\k<quote>)[^\\]|\\.)*)\k<quote>/g;

/** What of a file is checked: of tests only the titles, with every other character blank, so that lines still count. */
function checkedText(file: string, content: string): string {
  if (!IS_TEST.test(file)) return content;
  let text = content.replaceAll(/[^\n]/g, ' ');
  for (const match of content.matchAll(TITLE)) {
    const title = match.groups?.['title'] ?? '';
    const at = match.index + match[0].length - 1 - title.length;
    text = text.slice(0, at) + title + text.slice(at + title.length);
  }
  return text;
}

function occurrences(word: RetiredWord, file: string, text: string): string[] {
  // A benchmark has its own words: an epoch is a part of a measurement.
  if (word.scope === 'code' && (!/\.tsx?$/.test(file) || IS_BENCH.test(file))) return [];
  return [...text.matchAll(word.pattern)].map(
    (match) => `${file}:${text.slice(0, match.index).split('\n').length} ${match[0]}`,
  );
}

const words = retiredWords();
const texts = CHECKED.flatMap(filesUnder).map((file) => ({
  file,
  text: checkedText(file, readFileSync(fromRoot(file), 'utf8')),
}));

describe('retired words', () => {
  it.each(words)('$examples', (word) => {
    expect(texts.flatMap(({ file, text }) => occurrences(word, file, text))).toEqual([]);
  });

  it('are looked for in every page, in the sample, in the library and in the titles of tests', () => {
    expect(words.length).toBeGreaterThan(10);
    expect(texts.map(({ file }) => file)).toEqual(
      expect.arrayContaining([
        'bench/run.ts',
        'docs/guards.md',
        'docs/guides/login-and-dashboard.md',
        'libs/session/src/core/record.ts',
        'libs/session/src/core/record-format.spec.ts',
        'src/views/layout.hbs',
        'test/login/pending-login.spec.ts',
      ]),
    );
  });
});

describe('the check itself', () => {
  it.each(words)('would find $examples', ({ examples, pattern, scope }) => {
    const named = examples.split(', ');
    const found = named.filter((example) => occurrences({ examples, pattern, scope }, 'a.ts', example).length > 0);
    expect(found).toEqual(named);
  });

  it('lets other words pass', () => {
    const fine =
      'this, when, then, most, the body, milliseconds since the epoch, nest-session/expiry-warning, MAX_MOST_X';
    expect(words.flatMap((word) => occurrences(word, 'a.ts', fine))).toEqual([]);
  });

  it('looks at the titles of tests, and says in which line', () => {
    const spec = "const nobody = 1;\nit.each([1])('lets nobody in', () => {\n  check('nobody');\n});\n";
    const text = checkedText('test/a.spec.ts', spec);
    expect(words.flatMap((word) => occurrences(word, 'test/a.spec.ts', text))).toEqual(['test/a.spec.ts:2 nobody']);
  });
});
