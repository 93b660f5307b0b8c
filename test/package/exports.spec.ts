import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { declaredExports } from './declarations.js';
import { buildLibrary, entryPoints, packageFolder, run } from './workspace.js';

beforeAll(buildLibrary);

// A name that is gone breaks somebody, and a name that is new stays: `npm test -- -u` writes the list anew.
it('exports the names that are listed, and no others', async () => {
  const list = entryPoints.map(({ name, types }) => {
    const names = declaredExports(join(packageFolder, types)).map((it) => `  ${it.isType ? 'type ' : ''}${it.name}`);
    return [name, ...names].join('\n');
  });
  await expect(`${list.join('\n\n')}\n`).toMatchFileSnapshot('exports.txt');
});

describe.each(entryPoints)('$name', (entry) => {
  it('documents every name that it exports', () => {
    const bare = declaredExports(join(packageFolder, entry.types)).filter((it) => !it.isDocumented);
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  it('declares the values that it has', async () => {
    const url = pathToFileURL(join(packageFolder, entry.default)).href;
    const script = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(url)}))))`;
    const values = JSON.parse(
      await run(process.execPath, ['--input-type=module', '--eval', script], packageFolder),
    ) as string[];
    const declared = declaredExports(join(packageFolder, entry.types)).flatMap((it) => (it.isType ? [] : [it.name]));
    expect(values.sort()).toEqual(declared.sort());
  });
});
