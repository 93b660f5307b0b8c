import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HOOKS = new URL('./ts-hooks.mjs', import.meta.url).href;

/** What a child process did. */
export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** A child process whose output can be followed while it runs. */
export interface Child {
  readonly process: ChildProcess;
  /** Calls back with every line that it prints. */
  onLine(listener: (line: string) => void): void;
  readonly done: Promise<ChildResult>;
}

/** Starts a TypeScript file of `./children` in a Node of its own. */
export function startChild(name: string, args: readonly string[] = [], nodeFlags: readonly string[] = []): Child {
  const file = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url));
  const flags = [
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
    '--import',
    HOOKS,
    ...nodeFlags,
  ];
  const child = spawn(process.execPath, [...flags, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  const listeners: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const listener of listeners) listener(line);
  });
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const done = once(child, 'close').then(([code, signal]) => ({ code, signal, lines, errors }));
  return { process: child, onLine: (listener) => listeners.push(listener), done };
}

/** Runs a child to its end; fails if it fails. */
export async function runChild(
  name: string,
  args?: readonly string[],
  nodeFlags?: readonly string[],
): Promise<ChildResult> {
  const result = await startChild(name, args, nodeFlags).done;
  if (result.code !== 0) throw new Error(`${name} ended with ${result.signal ?? result.code}: ${result.errors}`);
  return result;
}
