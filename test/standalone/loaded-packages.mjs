// Prints the package of every import that leaves the sources.
import { writeSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  print(resolved.url);
  return resolved;
}

const printed = new Set();

export function print(file) {
  const [, name] = /.*\/node_modules\/((@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  if (name === undefined || printed.has(name)) return;
  printed.add(name);
  writeSync(1, `${name}\n`);
}

// Node loads this file once more in the thread that resolves.
// Its successor, registerHooks(), came with Node 22.15.
// oxlint-disable-next-line typescript/no-deprecated
if (isMainThread) register(import.meta.url);
