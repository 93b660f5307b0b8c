// Lets Node run the sources as they are: an import of `./x.js` finds `./x.ts`.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
    return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
  }
}

// Node loads this file once more in the thread that resolves.
// Its successor, registerHooks(), came with Node 22.15.
// oxlint-disable-next-line typescript/no-deprecated
if (isMainThread) register(import.meta.url);
