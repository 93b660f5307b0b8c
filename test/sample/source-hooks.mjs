// Lets Node run the application's sources as they are, decorators included, against the library's sources. What was
// compiled once is kept: each process would spend two seconds on it.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const library = new URL('../../libs/session/src/', import.meta.url);
const cache = new URL('../../.cache/transpiled/', import.meta.url);
const config = fileURLToPath(new URL('../../tsconfig.base.json', import.meta.url));
const require = createRequire(import.meta.url);
// What was compiled by another version, with other options or by another version of this file is not asked for.
const base = createHash('sha256').update(require('typescript/package.json').version);
for (const path of [config, fileURLToPath(import.meta.url)]) base.update(readFileSync(path));
mkdirSync(cache, { recursive: true });

registerHooks({
  resolve(specifier, context, nextResolve) {
    const [, entry] = /^nest-session(\/.+)?$/.exec(specifier) ?? [];
    if (specifier === 'nest-session') return nextResolve(new URL('index.ts', library).href, context);
    if (entry) return nextResolve(new URL(`.${entry}/index.ts`, library).href, context);
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts')) return nextLoad(url, context);
    return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
  },
});

/** @param {string} fileName */
function compiled(fileName) {
  const text = readFileSync(fileName, 'utf8');
  const kept = new URL(`${base.copy().update(text).digest('hex')}.js`, cache);
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    const output = transpile(fileName, text);
    // Another process that reads it meanwhile finds all of it or nothing.
    const draft = new URL(`${kept.href}.${process.pid}`);
    writeFileSync(draft, output);
    renameSync(draft, kept);
    return output;
  }
}

/**
 * @param {string} fileName
 * @param {string} text
 */
function transpile(fileName, text) {
  // The compiler itself takes half a second to load.
  /** @type {import('typescript')} */
  const ts = require('typescript');
  const { compilerOptions } = ts.readConfigFile(config, ts.sys.readFile).config;
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, '.');
  // A single file does not tell that its package is made of modules.
  const module = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  return ts.transpileModule(text, { fileName, compilerOptions: { ...options, ...module } }).outputText;
}
