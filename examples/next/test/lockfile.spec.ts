import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { example, root } from '../scripts/workspace.mjs';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

const { packages } = readJson<{ packages: Record<string, LockedPackage> }>(join(example, 'package-lock.json'));
const installed = Object.entries(packages).filter(([path]) => path.startsWith('node_modules/'));

describe('the lock file of the example', () => {
  it('names no host but the registry, and the library beside it', () => {
    const foreign = installed.filter(([path, { resolved }]) =>
      path === 'node_modules/nest-session'
        ? resolved !== 'file:../../libs/session'
        : resolved !== undefined && new URL(resolved).host !== 'registry.npmjs.org',
    );
    expect(foreign).toEqual([]);
    expect(installed.length).toBeGreaterThan(100);
  });

  it('has the integrity of everything from the registry', () => {
    expect(installed.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([
      'node_modules/nest-session',
    ]);
  });

  it('has the compiler of Next for all eight platforms, in the version of Next', () => {
    const next = packages['node_modules/next'];
    const compilers = Object.entries(next?.optionalDependencies ?? {}).filter(([name]) =>
      name.startsWith('@next/swc-'),
    );
    expect(compilers).toHaveLength(8);
    for (const [name] of compilers) expect(packages[`node_modules/${name}`]?.version, name).toBe(next?.version);
  });

  // npm ci does not notice, and installs the library without what it newly needs.
  it('has the dependencies of the library as they are: if not, run npm install in examples/next', () => {
    const { dependencies, peerDependencies } = readJson<LockedPackage>(join(root, 'libs/session/package.json'));
    expect(packages['node_modules/nest-session']).toMatchObject({ dependencies, peerDependencies });
  });
});
