import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pages } from './doc-blocks.js';
import { fromRoot, manifest } from './workspace.js';

/** The one place where the organisation stands: everything else has to begin with it. */
const home = manifest.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
const { host } = new URL(home);
const name = home.split('/').at(-1) ?? '';

const files = [
  ...pages,
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'libs/session/package.json',
  ...readdirSync(fromRoot('.github'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ya?ml|md)$/.test(path))
    .map((path) => `.github/${path}`),
];

/** Every address of a repository of this name on its host, however its organisation is called. */
const addressesIn = (text: string): string[] =>
  [...text.matchAll(new RegExp(String.raw`https://${host}/[^/\s]+/${name}(?![\w-])[^\s"')>\]]*`, 'g'))].map(
    ([url]) => url,
  );

it.each(files)('%s names the repository as package.json does', (file) => {
  const urls = addressesIn(readFileSync(fromRoot(file), 'utf8'));
  expect(urls.filter((url) => url !== home && !/^(?:[/#]|\.git)/.test(url.slice(home.length)))).toEqual([]);
  expect(urls.filter((url) => !url.startsWith(home))).toEqual([]);
});

it('leads from npm to the source, the guide and the issues', () => {
  expect(manifest.repository).toEqual({ type: 'git', url: `git+${home}.git`, directory: 'libs/session' });
  expect(manifest.homepage).toBe(`${home}#readme`);
  expect(manifest.bugs).toBe(`${home}/issues`);
  expect(addressesIn(readFileSync(fromRoot('libs/session/README.md'), 'utf8'))).not.toEqual([]);
});

it('links to files of the repository that exist', () => {
  const broken = files.flatMap((file) =>
    addressesIn(readFileSync(fromRoot(file), 'utf8')).filter((url) => {
      const path = /\/(?:blob|tree)\/main\/([^#]+)/.exec(url)?.[1];
      return path !== undefined && !existsSync(fromRoot(path));
    }),
  );
  expect(broken).toEqual([]);
});

it('would notice another organisation', () => {
  expect(addressesIn(`see https://${host}/other/${name}/issues.`)).toEqual([`https://${host}/other/${name}/issues.`]);
  expect(addressesIn(`see https://${host}/other/${name}-tools`)).toEqual([]);
});
