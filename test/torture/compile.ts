import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['libs/session/src', 'test/torture/servers'];
const SUPPORT = 'test/support/nest-app.ts';
const DEPENDENCIES = 'libs/session/node_modules';

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
};

/** The library and the servers as JavaScript, as they were when the suite began. */
export interface Compiled {
  /** The file of a server. */
  server(name: string): string;
  remove(): Promise<void>;
}

/** Compiles once what every server process runs: decorators are more than Node can strip. */
export async function compile(): Promise<Compiled> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  // Below the root, so that packages are found.
  const out = await mkdtemp(join(ROOT, '.cache/torture-'));
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  for (const folder of SOURCES) {
    const files = await readdir(join(ROOT, folder), { recursive: true });
    await Promise.all(files.filter(isSource).map((file) => compileFile(out, join(folder, file))));
  }
  await compileFile(out, SUPPORT);
  await symlink(join(ROOT, DEPENDENCIES), join(out, DEPENDENCIES));
  return {
    server: (name) => join(out, `test/torture/servers/${name}.js`),
    remove: () => rm(out, { recursive: true, force: true }),
  };
}

const isSource = (file: string): boolean => file.endsWith('.ts') && !file.endsWith('.spec.ts');

async function compileFile(out: string, file: string): Promise<void> {
  const text = await readFile(join(ROOT, file), 'utf8');
  const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: join(ROOT, file) });
  const target = join(out, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}
