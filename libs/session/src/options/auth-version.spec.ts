import { describe, expect, it } from 'vitest';
import { resolveAuthVersion } from './auth-version.js';

const version = () => 1;
const load = () => undefined;

const check = (given: unknown) => {
  const paths: string[] = [];
  return { resolved: resolveAuthVersion((path) => paths.push(path), given), paths };
};

describe('the option authVersion', () => {
  it('is a function, or one with what happens on a change', () => {
    expect(check(undefined)).toEqual({ resolved: undefined, paths: [] });
    expect(check(version).resolved).toEqual({ versionOf: version, load: undefined });
    expect(check({ version }).resolved).toEqual({ versionOf: version, load: undefined });
    expect(check({ version, whenChanged: 'end' }).paths).toEqual([]);
    expect(check({ version, whenChanged: 'refresh', load }).resolved).toEqual({ versionOf: version, load });
  });

  it.each([
    ['v1', ['authVersion']],
    [null, ['authVersion']],
    [{}, ['authVersion.version']],
    [{ version: 1, whenchanged: 'end' }, ['authVersion.whenchanged', 'authVersion.version']],
    [{ version, whenChanged: 'reload' }, ['authVersion.whenChanged']],
    [{ version, whenChanged: 'refresh' }, ['authVersion.load']],
    [{ version, load }, ['authVersion.load']],
  ])('is not %j', (given, paths) => {
    expect(check(given).paths).toEqual(paths);
  });
});
