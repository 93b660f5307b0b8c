import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { blocksOf, pages, type DocBlock } from './doc-blocks.js';
import { fromRoot } from './workspace.js';

/** Where the code of a page would lie if it were in the repository. It is compiled in memory, and never written. */
const folderOf = (page: string): string => fromRoot('.docs', page);

const options = ((): ts.CompilerOptions => {
  const file = ts.readConfigFile(fromRoot('tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options: fromFile } = ts.parseJsonConfigFileContent(
    file.config,
    { ...ts.sys, readDirectory: () => [] },
    fromRoot(),
  );
  // An example may declare something that it does not use.
  return { ...fromFile, noUnusedLocals: false, noUnusedParameters: false };
})();

const baseHost = ts.createCompilerHost(options);
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A host that sees the files of the repository, parsed once, and the given ones besides. */
function hostWith(files: ReadonlyMap<string, string>, folder: string): ts.CompilerHost {
  return {
    ...baseHost,
    fileExists: (path) => files.has(path) || baseHost.fileExists(path),
    directoryExists: (path) => folder.startsWith(path) || ts.sys.directoryExists(path),
    readFile: (path) => files.get(path) ?? baseHost.readFile(path),
    getSourceFile(path, language) {
      const text = files.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, language, true);
      if (!parsed.has(path)) parsed.set(path, baseHost.getSourceFile(path, language));
      return parsed.get(path);
    },
  };
}

/** What the compiler says of a block, each problem with its line in the page. */
function problemsOf(block: DocBlock, earlier: readonly DocBlock[]): string[] {
  const folder = folderOf(block.page);
  const main = join(folder, block.file ?? `line-${block.line}.ts`);
  const importable = earlier.flatMap(({ file, code }) => (file ? [[join(folder, file), code] as const] : []));
  const files = new Map([...importable, [main, block.code]]);

  const program = ts.createProgram([main], options, hostWith(files, folder));
  const source = program.getSourceFile(main);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((problem) => {
    const line = block.line + (source?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0);
    return `${block.page}:${line} ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`;
  });
}

describe.each(pages)('%s', (page) => {
  const blocks = blocksOf(page);

  if (blocks.length === 0) it('shows no TypeScript', () => expect(blocks).toEqual([]));

  it.each(blocks.map((block, index) => ({ line: block.line, block, earlier: blocks.slice(0, index) })))(
    `compiles the code in line $line`,
    ({ block, earlier }) => {
      expect(problemsOf(block, earlier)).toEqual([]);
    },
  );
});

describe('the check itself', () => {
  const page = 'docs/example.md';
  const text = [
    '# Example',
    '```ts',
    '// file: cart.ts',
    'export const cart: string[] = [];',
    '```',
    '- in a list',
    '  ```ts',
    "  import { cart } from './cart.js';",
    '  export const first: number = cart[0];',
    '  ```',
    '```js',
    'not TypeScript',
    '```',
  ].join('\n');

  it('finds the blocks and their lines', () => {
    expect(blocksOf(page, text).map(({ line, file }) => ({ line, file }))).toEqual([
      { line: 3, file: 'cart.ts' },
      { line: 8, file: undefined },
    ]);
  });

  it('imports an earlier block, and says where a later one is wrong', () => {
    const [cart, first] = blocksOf(page, text);
    expect(problemsOf(cart!, [])).toEqual([]);
    expect(problemsOf(first!, [cart!])).toEqual([
      expect.stringMatching(/^docs\/example\.md:9 Type 'string \| undefined' is not assignable to type 'number'/),
    ]);
    expect(problemsOf(first!, [])).toContainEqual(
      expect.stringMatching(/^docs\/example\.md:8 Cannot find module '\.\/cart\.js'/),
    );
  });

  it('notices a block that is never closed', () => {
    expect(() => blocksOf(page, '```ts\nconst open = true;')).toThrow('docs/example.md:1 opens a code block');
  });
});
