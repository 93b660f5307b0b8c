import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { COMMIT_TYPES, MAX_SUBJECT_LENGTH, problemsOf } from '../../scripts/check-commits.js';
import { fromRoot } from './workspace.js';

const start = 'docs: ';

it.each([
  'feat: sessions by tenant',
  'fix(redis): a lost reply is asked for again',
  'refactor!: rooms by what they do',
  'docs: ADR 0013\n\nWhy one name is enough.',
  `${start}${'x'.repeat(MAX_SUBJECT_LENGTH - start.length)}`,
  "Merge branch 'door'",
])('accepts %j', (message) => {
  expect(problemsOf(message)).toEqual([]);
});

it.each([
  ['Fix the store', /begins with none of/],
  ['feature: sessions by tenant', /begins with none of/],
  ['fix:no space', /begins with none of/],
  ['fix(Redis Store): what was wrong', /begins with none of/],
  [`${start}${'x'.repeat(MAX_SUBJECT_LENGTH - start.length + 1)}`, /has 73 characters/],
  ['fix: a sentence.', /ends with a full stop/],
  ['fix: what was wrong\nand why', /is not followed by an empty line/],
])('refuses %j', (message, problem) => {
  expect(problemsOf(message)).toEqual([expect.stringMatching(problem)]);
});

it('names every type in CONTRIBUTING.md', () => {
  const text = readFileSync(fromRoot('CONTRIBUTING.md'), 'utf8');
  expect(COMMIT_TYPES.filter((type) => !text.includes(`\`${type}\``))).toEqual([]);
});

it('fails for a range with a commit that does not follow the scheme', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'check-commits-'));
  const run = (command: string, ...args: string[]) => promisify(execFile)(command, args, { cwd: folder });
  const commit = (message: string) =>
    run('git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--allow-empty', '-m', message);
  const check = (range: string) => run(process.execPath, fromRoot('scripts/check-commits.ts'), range);
  try {
    await run('git', 'init', '--quiet');
    await commit('Before there was a scheme.');
    await commit('feat: the first with one');
    await expect(check('HEAD~1..HEAD')).resolves.toMatchObject({ stdout: '1 commits checked, 0 problems\n' });
    await commit('What the second does.');
    await expect(check('HEAD~2..HEAD')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"What the second does." ends with a full stop'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
