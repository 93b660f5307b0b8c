import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { filesOf, Guide, type GuideProcess } from './guide.js';

// Next, React and the library as npm installs them are in the packages of the example.
const EXAMPLE = 'examples/next';
const example = (path: string): string => fileURLToPath(new URL(`../../${EXAMPLE}/${path}`, import.meta.url));
const NEXT = createRequire(example('package.json')).resolve('next/dist/bin/next');
const ENV = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };

/** What create-next-app makes. */
const PROJECT = {
  'package.json': JSON.stringify({ private: true }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2017',
      lib: ['dom', 'dom.iterable', 'esnext'],
      allowJs: true,
      skipLibCheck: true,
      strict: true,
      noEmit: true,
      esModuleInterop: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      resolveJsonModule: true,
      isolatedModules: true,
      jsx: 'react-jsx',
      incremental: true,
      plugins: [{ name: 'next' }],
      paths: { '@/*': ['./*'] },
    },
    include: ['next-env.d.ts', '**/*.ts', '**/*.tsx', '.next/types/**/*.ts', '.next/dev/types/**/*.ts'],
    exclude: ['node_modules'],
  }),
};

/** The Next.js application of a page. */
export class NextGuide {
  private constructor(private readonly guide: Guide) {}

  /**
   * Writes the application.
   * @param without the files of the page that are not for this one
   */
  static async write(page: string, without: readonly string[] = []): Promise<NextGuide> {
    await promisify(execFile)(process.execPath, [example('scripts/install.mjs')]);
    const guide = await Guide.write(page, {}, EXAMPLE);
    for (const name of without) await rm(join(guide.path, name));
    for (const [name, text] of Object.entries(PROJECT)) await writeFile(join(guide.path, name), text);
    return new NextGuide(guide);
  }

  /** Writes files of another page aside, where the build type-checks them and Next looks for nothing. */
  async add(page: string, names: readonly string[]): Promise<void> {
    const files = filesOf(page);
    for (const name of names) {
      const code = files.get(name);
      if (code === undefined) throw new Error(`${page} has no ${name}.`);
      await mkdir(dirname(join(this.path, 'aside', name)), { recursive: true });
      await writeFile(join(this.path, 'aside', name), code);
    }
  }

  /** Where the application is. */
  get path(): string {
    return this.guide.path;
  }

  /**
   * Type-checks and builds it as it is now, with nothing in the environment.
   * @param options of Next
   * @returns what Next said
   */
  async build(options: Readonly<Record<string, boolean>> = {}): Promise<string> {
    // Where the packages are: a folder with a lock file that is further up is none.
    const config = { ...options, turbopack: { root: example('') } };
    await writeFile(join(this.path, 'next.config.mjs'), `export default ${JSON.stringify(config)};\n`);
    const build = await this.guide.run([NEXT, 'build'], ENV);
    if ((await build.ended) !== 0) throw new Error(`It cannot be built:\n${build.output}`);
    return build.output;
  }

  /**
   * Starts what was built.
   * @param port a free one if none is given
   */
  async start(env: Readonly<Record<string, string>>, port?: number): Promise<GuideProcess> {
    const server = await this.guide.run([NEXT, 'start'], { ...ENV, ...env }, port);
    return server.ready();
  }

  /** Stops what runs, and deletes it. */
  remove(): Promise<void> {
    return this.guide.remove();
  }
}
