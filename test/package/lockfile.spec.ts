import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from './workspace.js';

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(fromRoot(path), 'utf8')) as T;

const REGISTRY = 'registry.npmjs.org';
const VERSION_RANGE = /^[\d.^~<>=|\s-]+$/;

describe('package-lock.json', () => {
  const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');
  const installed = Object.entries(packages).filter(([path, entry]) => path.includes('node_modules/') && !entry.link);

  it('locks the packages', () => {
    expect(installed.length).toBeGreaterThan(100);
  });

  it(`names no host but ${REGISTRY}`, () => {
    const foreign = installed.filter(([, { resolved }]) => resolved && new URL(resolved).host !== REGISTRY);
    expect(foreign).toEqual([]);
  });

  it('has the integrity of every package', () => {
    expect(installed.filter(([, { integrity }]) => !integrity)).toEqual([]);
  });

  it('links nothing but the workspaces', () => {
    const links = Object.values(packages).flatMap(({ link, resolved }) => (link ? [resolved] : []));
    const { workspaces } = readJson<{ workspaces: string[] }>('package.json');
    expect(new Set(links)).toEqual(new Set(workspaces));
  });
});

describe.each(['package.json', 'libs/session/package.json'])('%s', (path) => {
  it('takes every dependency from the registry', () => {
    const manifest = readJson<Manifest>(path);
    const ranges = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    });
    expect(ranges.filter(([, range]) => !VERSION_RANGE.test(range.replace(/^npm:[^@]+@/, '')))).toEqual([]);
  });
});
