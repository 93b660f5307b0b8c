import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { example, isFresh, root, run } from './workspace.mjs';

const library = join(root, 'libs/session');
const installed = join(example, 'node_modules/nest-session');
const tsc = join(example, 'node_modules/typescript/bin/tsc');
const next = join(example, 'node_modules/next/dist/bin/next');
const stamp = join(example, 'web/.next/built-for.json');

/**
 * Installs and builds whatever is missing or older than its sources.
 * @param {string} apiUrl where the API will listen: Next writes the target of its rewrites into the build
 */
export async function prepare(apiUrl) {
  await install();
  const shared = join(example, 'shared');
  const api = join(example, 'api');
  if (!isFresh(join(example, 'dist/api/main.js'), api, shared, join(installed, 'package.json'))) {
    rmSync(join(example, 'dist'), { recursive: true, force: true });
    await run('Building the API', process.execPath, [tsc, '-p', 'api'], { cwd: example });
  }
  const web = join(example, 'web');
  if (builtFor() !== apiUrl || !isFresh(stamp, web, shared, join(installed, 'package.json'))) {
    await run('Building the web application', process.execPath, [next, 'build', 'web'], {
      cwd: example,
      env: { NODE_ENV: 'production', API_URL: apiUrl },
    });
    writeFileSync(stamp, JSON.stringify({ apiUrl }));
  }
}

/** Installs the example with the library as it is now. */
export async function install() {
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  if (!existsSync(nest)) await run('Installing the repository', 'npm', ['ci'], { cwd: root });
  if (!isFresh(join(library, 'dist/index.js'), join(library, 'src'), join(library, 'package.json'))) {
    await run('Building the library', process.execPath, [nest, 'build', 'session'], { cwd: root });
  }
  if (!isFresh(join(example, 'node_modules/.package-lock.json'), join(example, 'package-lock.json'))) {
    await run('Installing the example', 'npm', ['ci', '--include=dev'], { cwd: example });
  }
  // npm copies the library once; while the library is worked on, it changes after that.
  if (!isFresh(join(installed, 'package.json'), join(library, 'package.json'), join(library, 'dist/index.js'))) {
    rmSync(join(installed, 'dist'), { recursive: true, force: true });
    cpSync(join(library, 'dist'), join(installed, 'dist'), { recursive: true });
    cpSync(join(library, 'package.json'), join(installed, 'package.json'));
  }
}

function builtFor() {
  return existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')).apiUrl : undefined;
}
