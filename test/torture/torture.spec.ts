import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, type Compiled } from './compile.js';
import { hangUp } from './http.js';
import { full } from '../support/scope.js';
import { FULL, PARTS, SHORT, type Part } from './suite.js';
import { targets, type Target } from './target.js';

// `npm run test:full` has the full counts. `npm run torture` has them too, shows the figures, and runs
// express-session + connect-redis through all of it.
const size = full ? FULL : SHORT;
const PATIENCE = full ? 1_200_000 : 300_000;

let compiled: Compiled;
let nestSession: Target;
let expressSession: Target;

beforeAll(async () => {
  compiled = await compile();
  [nestSession, expressSession] = targets(compiled) as [Target, Target];
});
afterAll(async () => {
  hangUp();
  await compiled.remove();
});

// Each of these waits most of the time.
const WAITING = ['redirect', 'faults', 'silent', 'sentinel', 'cluster'];

const play = async (name: string): Promise<void> => {
  const figures = await (PARTS[name] as Part)(nestSession, size);
  expect(figures.length).toBeGreaterThan(0);
  expect(figures.filter(({ broken }) => broken.length > 0)).toEqual([]);
};

it.each(Object.keys(PARTS).filter((name) => !WAITING.includes(name)))('keeps its promises: %s', play, PATIENCE);

describe.concurrent('when the store fails', () => {
  it.each(WAITING)('keeps its promises: %s', play, PATIENCE);
});

it(
  'sees what it looks for',
  async () => {
    const few = { ...SHORT, pairs: 25, deletions: 10, rounds: 1, endings: 10 };
    for (const part of [PARTS['overlap'] as Part, PARTS['endings'] as Part]) {
      const figures = await part(expressSession, few);
      expect(figures.filter(({ broken }) => broken.length > 0).length).toBeGreaterThan(2);
    }
  },
  PATIENCE,
);
