import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fromRoot } from './workspace.js';

/** A ```ts block of a page. */
export interface DocBlock {
  readonly page: string;
  /** The line of the page on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** What later blocks of the page may import it as: the first line is `// file: name.ts`. */
  readonly file: string | undefined;
}

/** The pages whose code people copy. Decisions are history: their code may be of its time. */
export const pages = [
  'README.md',
  'libs/session/README.md',
  ...(existsSync(fromRoot('docs'))
    ? readdirSync(fromRoot('docs'), { recursive: true, encoding: 'utf8' })
        .map((path) => `docs/${path}`)
        .filter((path) => path.endsWith('.md') && !path.startsWith('docs/adr/'))
        .sort()
    : []),
].filter((path) => existsSync(fromRoot(path)));

const OPENS = /^(?<indent>\s*)(?<fence>`{3,})(?<language>\S*)/;

/** The ```ts blocks of a page, in order. */
export function blocksOf(page: string, text = readFileSync(fromRoot(page), 'utf8')): DocBlock[] {
  const blocks: DocBlock[] = [];
  let open: { indent: number; fence: string; isCode: boolean; line: number; code: string[] } | undefined;

  for (const [index, content] of text.split('\n').entries()) {
    if (open) {
      if (content.trim() !== open.fence) {
        open.code.push(content.slice(Math.min(open.indent, content.length - content.trimStart().length)));
        continue;
      }
      if (open.isCode) {
        const file = /^\/\/ file: (\S+)/.exec(open.code[0] ?? '')?.[1];
        blocks.push({ page, line: open.line, code: open.code.join('\n'), file });
      }
      open = undefined;
    } else {
      const { indent = '', fence, language } = OPENS.exec(content)?.groups ?? {};
      if (fence) open = { indent: indent.length, fence, isCode: language === 'ts', line: index + 2, code: [] };
    }
  }
  if (open) throw new Error(`${page}:${open.line - 1} opens a code block that is never closed.`);
  return blocks;
}
