import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const HOOKS = new URL('./source-hooks.mjs', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The sample as a process of its own, as `npm start` runs it. */
export class SampleProcess {
  output = '';
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly child: ChildProcess;

  /** @param folder where it runs, and where its data goes if nothing else is said */
  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, ['--import', HOOKS, MAIN], { cwd: folder, env: { PATH, ...env } });
    this.child = child;
    running.add(child);
    const read = (chunk: Buffer) => void (this.output += chunk.toString());
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    this.ended = once(child, 'close').then(([code, signal]) => {
      running.delete(child);
      return { code, signal };
    });
  }

  /** Its address, once it says that it is ready. */
  async url(): Promise<string> {
    for (;;) {
      const [, url] = /The sample is ready: (\S+)\n/.exec(this.output) ?? [];
      if (url) return url;
      if (this.child.exitCode !== null) throw new Error(this.output);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.ended;
  }
}
