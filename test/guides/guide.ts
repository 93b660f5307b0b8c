import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/redis-server.js';

const fromRoot = (...path: string[]): string => fileURLToPath(new URL(join('../..', ...path), import.meta.url));
const HOOKS = new URL('../sample/source-hooks.mjs', import.meta.url).href;
const FENCED = /^```\w+\n((?:\/\/|#|<!--) file: (\S+).*\n[\s\S]*?)^```$/gm;

// What a test that is broken off leaves behind.
const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What a page calls by another name than the test does, such as the ports of its addresses. */
export type Replacements = Readonly<Record<string, string>>;

/** The files of a page, by name: the blocks of any language whose first line is a comment with `file: <name>`. */
export function filesOf(page: string, replace: Replacements = {}): Map<string, string> {
  let text = readFileSync(fromRoot(page), 'utf8');
  for (const [from, to] of Object.entries(replace)) {
    if (!text.includes(from)) throw new Error(`${page} does not say ${from}.`);
    text = text.replaceAll(from, to);
  }
  const files = new Map<string, string>();
  for (const [, code = '', name = ''] of text.matchAll(FENCED)) {
    if (files.has(name)) throw new Error(`${page} has two blocks that are ${name}.`);
    files.set(name, code);
  }
  return files;
}

/** The code of a page as its reader has it: each block in its file, in one folder. */
export class Guide {
  private readonly processes: GuideProcess[] = [];

  private constructor(readonly path: string) {
    folders.add(path);
  }

  /**
   * Writes the files of a page into a folder of their own.
   * @param parent below which folder of the repository, whose packages are found
   */
  static async write(page: string, replace?: Replacements, parent = ''): Promise<Guide> {
    const files = filesOf(page, replace);
    const cache = fromRoot(parent, '.cache');
    await mkdir(cache, { recursive: true });
    const guide = new Guide(await mkdtemp(join(cache, `guide-${basename(page, '.md')}-`)));
    for (const [name, code] of files) {
      await mkdir(dirname(join(guide.path, name)), { recursive: true });
      await writeFile(join(guide.path, name), code);
    }
    return guide;
  }

  /**
   * Runs one of the files in a process of its own, in the folder of the guide.
   * @param port what the file gets as PORT; a free one if none is given
   */
  start(file: string, env?: Readonly<Record<string, string>>, port?: number): Promise<GuideProcess> {
    return this.run(['--import', HOOKS, file], env, port);
  }

  /**
   * Runs Node in the folder of the guide.
   * @param port what it gets as PORT; a free one if none is given
   */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}, port?: number): Promise<GuideProcess> {
    const started = new GuideProcess(this.path, args, env, port ?? (await freePort()));
    this.processes.push(started);
    return started;
  }

  /** Ends what still runs, and deletes the folder. */
  async remove(): Promise<void> {
    await Promise.all(this.processes.map((started) => started.stop('SIGKILL')));
    await rm(this.path, { recursive: true, force: true });
    folders.delete(this.path);
  }
}

/** A process of a page that runs. */
export class GuideProcess {
  /** What it wrote to the console. */
  output = '';
  readonly url: string;
  /** The exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(
    folder: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    readonly port: number,
  ) {
    this.url = `http://localhost:${port}`;
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { PATH, NODE_ENV: 'development', PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    running.add(child);
    this.ended = once(child, 'close').then(([code]: (number | null)[]) => {
      running.delete(child);
      return code ?? null;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** Resolves once it says where it listens. */
  async ready(): Promise<this> {
    while (!this.output.includes(this.url)) {
      const said = await Promise.race([once(this.child.stdout, 'data'), this.ended]);
      if (!Array.isArray(said)) throw new Error(`It ended before it listened:\n${this.output}`);
    }
    return this;
  }

  /** Ends it as a process manager does. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}
