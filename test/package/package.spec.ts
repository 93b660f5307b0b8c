import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importsOf } from './declarations.js';
import { buildLibrary, entryPoints, filesIn, fromRoot, manifest, packageFolder, run } from './workspace.js';

const OLDEST_NODE = '22.13.1';

const temp = mkdtempSync(join(tmpdir(), 'nest-session-package-'));
const unpacked = join(temp, 'package');
const consumer = join(temp, 'consumer');
let tarball: string;

const installedVersion = (name: string): string =>
  (JSON.parse(readFileSync(fromRoot('node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

/** The package of an import: `@nestjs/common` of `@nestjs/common/internal.js`. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** The files of the build, as they are in the tarball. */
const built = () => filesIn(join(unpacked, 'dist')).map((path) => join(unpacked, 'dist', path));
/** What a file imports from other packages. */
const foreign = (file: string) =>
  importsOf(readFileSync(file, 'utf8')).filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier));

/** A file and all files of ours that it imports, over however many others. */
function reachableFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const extension = file.endsWith('.d.ts') ? '.d.ts' : '.js';
  for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
    if (specifier.startsWith('.')) reachableFrom(join(dirname(file), specifier.replace(/\.js$/, extension)), seen);
  }
  return seen;
}

beforeAll(async () => {
  await buildLibrary();
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', temp], packageFolder);
  tarball = join(temp, basename(packed.trim()));
  await run('tar', ['-xzf', tarball], temp);
});

afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds the build, the manifest, the licence and the read-me, and nothing else', () => {
    const others = filesIn(unpacked).filter((path) => !/^dist\/.+\.(js|d\.ts)$/.test(path));
    expect(others).toEqual(['LICENSE', 'README.md', 'package.json']);
  });

  it('holds no spec and no test', () => {
    expect(filesIn(unpacked).filter((path) => /\.(spec|test)\.|(^|\/)(test|__tests__)\//.test(path))).toEqual([]);
  });

  it('holds both files of every entry point', () => {
    const files = filesIn(unpacked).map((path) => `./${path}`);
    expect(files).toEqual(expect.arrayContaining(entryPoints.flatMap((entry) => [entry.types, entry.default])));
  });

  it('is what publint expects', async () => {
    const bytes = readFileSync(tarball);
    const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('resolves with its types, whatever the importer is', async () => {
    // require() of a module works since Node 22.12, which is older than the oldest Node we run on: that is no problem here.
    const attw = fromRoot('node_modules/@arethetypeswrong/cli/dist/index.js');
    await run(process.execPath, [attw, tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'], temp);
  });
});

describe('what the build imports', () => {
  it('is declared in its package.json', () => {
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
    const isDeclared = (name: string, file: string) =>
      declared.has(name) || (file.endsWith('.d.ts') && declared.has(`@types/${name}`));
    const undeclared = built().flatMap((file) =>
      foreign(file)
        .filter((specifier) => !isDeclared(packageOf(specifier), file))
        .map((specifier) => `${file.slice(unpacked.length + 1)}: ${specifier}`),
    );
    expect(undeclared).toEqual([]);
  });

  const [root] = entryPoints;
  it.each([root?.default ?? '', root?.types ?? ''])('stays clear of optional packages in %s', (entry) => {
    const optional = Object.keys(manifest.peerDependenciesMeta).filter(
      (name) => manifest.peerDependenciesMeta[name]?.optional,
    );
    expect(optional).not.toEqual([]);
    const imported = [...reachableFrom(join(unpacked, entry))].flatMap(foreign).map(packageOf);
    expect(imported).toContain('@nestjs/common');
    expect(imported.filter((name) => optional.includes(name))).toEqual([]);
  });
});

describe('in an empty project', () => {
  const names = entryPoints.map(({ name }) => name);

  beforeAll(async () => {
    mkdirSync(consumer);
    cpSync(fromRoot('test/package/consumer'), consumer, { recursive: true });
    const project = { private: true, type: 'module', allowScripts: { node: true } };
    writeFileSync(join(consumer, 'package.json'), JSON.stringify(project));
    const peers = [...Object.keys(manifest.peerDependencies), '@nestjs/platform-express', '@types/node'];
    const packages = [tarball, `node@${OLDEST_NODE}`, ...peers.map((name) => `${name}@${installedVersion(name)}`)];
    const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
    await run('npm', ['install', ...quietly, ...packages], consumer);
  });

  const runtimes = [
    { version: `v${OLDEST_NODE}`, node: join(consumer, 'node_modules/node/bin/node') },
    { version: process.version, node: process.execPath },
  ];

  describe.each(runtimes)('on Node $version', ({ version, node }) => {
    it.each(['import.mjs', 'require.cjs'])('serves sessions by %s', async (script) => {
      const { exported, ...rest } = JSON.parse(await run(node, [script, ...names], consumer)) as {
        exported: Record<string, string[]>;
      };
      expect(rest).toEqual({ node: version, answer: { status: 200, body: 'ok' } });
      expect(Object.keys(exported)).toEqual(names);
      expect(exported[manifest.name]).toContain('SessionModule');
    });
  });

  it('has declarations that a strict project compiles', async () => {
    writeFileSync(join(consumer, 'all.ts'), names.map((name) => `import '${name}';`).join('\n'));
    const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = [fromRoot('node_modules/typescript/bin/tsc'), ...strict, '--exactOptionalPropertyTypes', 'all.ts'];
    const output = await run(process.execPath, tsc, consumer).catch((error: Error) => error.message);
    // Declarations of other packages are not ours to judge.
    const ours = output.split('\n').filter((line) => /^(all\.ts|node_modules\/nest-session\/)/.test(line));
    expect(ours).toEqual([]);
  });
});
