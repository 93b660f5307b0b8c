import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A path of the repository. */
export const fromRoot = (...path: string[]): string => resolve(root, ...path);

/** The folder of the package that people install. */
export const packageFolder = fromRoot('libs/session');

export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }>;
  readonly homepage: string;
  readonly bugs: string;
  readonly repository: { readonly type: string; readonly url: string; readonly directory: string };
}

export const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as PackageManifest;

/** What people may import, by its name: `nest-session`, `nest-session/redis`, ... with the files behind it. */
export const entryPoints = Object.entries(manifest.exports).flatMap(([subpath, files]) =>
  typeof files === 'string' ? [] : [{ name: manifest.name + subpath.slice(1), ...files }],
);

/** All files under a folder, relative to it. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

/** The environment without what `npm run` puts into it, so that a command behaves as if it had been typed. */
const plainEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) && name !== 'NODE_OPTIONS' && name !== 'VITEST'),
);

/** Runs a command to its end, and fails with everything that it said. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd,
      env: { ...plainEnvironment, NODE_ENV: 'development', NO_COLOR: '1' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { message, stdout = '', stderr = '' } = error as { message: string; stdout?: string; stderr?: string };
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
  }
}

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.endsWith('.spec.ts'))
      .map((path) => statSync(join(folder, path)).mtimeMs),
  );

/** Builds the library, unless what is there is younger than everything it is made of. */
export async function buildLibrary(): Promise<void> {
  const built = join(packageFolder, 'dist/index.js');
  const sources = [
    newest(join(packageFolder, 'src')),
    ...[
      join(packageFolder, 'package.json'),
      join(packageFolder, 'tsconfig.lib.json'),
      fromRoot('tsconfig.base.json'),
    ].map((path) => statSync(path).mtimeMs),
  ];
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources)) return;
  await run(process.execPath, [fromRoot('node_modules/@nestjs/cli/bin/nest.js'), 'build', 'session'], root);
}
