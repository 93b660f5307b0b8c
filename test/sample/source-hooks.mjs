// Lets Node run the application's sources as they are, decorators included, against the library's sources.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const library = new URL('../../libs/session/src/', import.meta.url);
const base = ts.readConfigFile(fileURLToPath(new URL('../../tsconfig.base.json', import.meta.url)), ts.sys.readFile);
const { options: parsed } = ts.convertCompilerOptionsFromJson(base.config.compilerOptions, '.');
// A single file does not tell that its package is made of modules.
const options = { ...parsed, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

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
    const fileName = fileURLToPath(url);
    const { outputText } = ts.transpileModule(readFileSync(fileName, 'utf8'), { fileName, compilerOptions: options });
    return { format: 'module', source: outputText, shortCircuit: true };
  },
});
