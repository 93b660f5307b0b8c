import { createRequire } from 'node:module';
import { print } from './loaded-packages.mjs';

// Loads what the arguments name, and prints what packages that took: those that are imported are printed as they come,
// and here those that these require.
for (const entry of process.argv.slice(2)) {
  const file: string = new URL(`../../libs/session/src/${entry}.ts`, import.meta.url).href;
  await import(file);
}
for (const file of Object.keys(createRequire(import.meta.url).cache)) print(file);
