// npm run torture: everything that can go wrong at once, for nest-session and for express-session + connect-redis.
// Ends with 1 if nest-session breaks a promise.
// `npm run torture -- short` runs the small counts; any other words run the parts whose names begin with one of them.
import { compile } from './compile.js';
import { table } from './figures.js';
import { hangUp } from './http.js';
import { FULL, runParts, SHORT } from './suite.js';
import { targets } from './target.js';

const words = process.argv.slice(2);
const size = words.includes('short') ? SHORT : FULL;
const names = words.filter((word) => word !== 'short');

const compiled = await compile();
const broken: string[] = [];
try {
  for (const target of targets(compiled)) {
    const start = performance.now();
    const figures = await runParts(
      target,
      size,
      (name) => names.length === 0 || names.some((word) => name.startsWith(word)),
    );
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`\n${table(`${target.name} (${seconds} s)`, figures)}`);
    if (target.name === 'nest-session')
      broken.push(...figures.flatMap((row) => row.broken.map((promise) => `${row.scenario}: ${promise}`)));
  }
} finally {
  hangUp();
  await compiled.remove();
}
console.log(broken.length === 0 ? '\nnest-session kept every promise.' : `\nnest-session broke:\n${broken.join('\n')}`);
process.exitCode = broken.length === 0 ? 0 : 1;
