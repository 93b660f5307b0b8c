// What a package brings along: bytes and packages beyond those of a bare Nest application, in production. It installs
// into folders of its own, from the registry that npm is configured for.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const LIBRARY = fileURLToPath(new URL('../../libs/session', import.meta.url));
const npm = (folder, ...args) => execute('npm', args, { cwd: folder, timeout: 120_000 });

const bare = ['@nestjs/common@12', '@nestjs/core@12', '@nestjs/platform-express@12', 'reflect-metadata', 'rxjs@7'];

async function install(folder, packages) {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const quietly = ['--omit=dev', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await npm(folder, 'install', ...quietly, ...packages);
  const lock = JSON.parse(await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  const files = await readdir(join(folder, 'node_modules'), { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const file of files) if (file.isFile()) bytes += (await stat(join(file.parentPath, file.name))).size;
  return { packages: Object.keys(lock.packages).length, bytes };
}

/** @returns by what is installed, `{ packages, bytes }` beyond those of `bare` */
export async function installedSizes() {
  const root = await mkdtemp(join(tmpdir(), 'bench-size-'));
  try {
    const { stdout } = await npm(LIBRARY, 'pack', '--json', '--ignore-scripts', '--pack-destination', root);
    const packed = JSON.parse(stdout);
    // An object by name since npm 12, a list before.
    const [{ filename, size, unpackedSize }] = Object.values(packed);
    const projects = {
      bare: [],
      'nest-session': [join(root, filename)],
      'nestjs-session': ['nestjs-session@3.0.1', 'express-session@1'],
    };
    const sizes = {};
    for (const [name, more] of Object.entries(projects)) {
      const folder = await mkdtemp(join(root, 'app-'));
      sizes[name] = await install(folder, [...bare, ...more]);
    }
    const beyond = ({ packages, bytes }) => ({
      packages: packages - sizes.bare.packages,
      bytes: bytes - sizes.bare.bytes,
    });
    return {
      bare: sizes.bare,
      'nest-session': { ...beyond(sizes['nest-session']), tarball: size, unpacked: unpackedSize },
      'nestjs-session': beyond(sizes['nestjs-session']),
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
