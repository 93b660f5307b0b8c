// Checks the subjects of commits: `node scripts/check-commits.ts [<range>]`, by default all since the scheme was agreed on.
// CONTRIBUTING.md describes the scheme.
import { execFileSync } from 'node:child_process';

/** What a commit can be. */
export const COMMIT_TYPES = [
  'feat',
  'fix',
  'perf',
  'refactor',
  'test',
  'docs',
  'build',
  'ci',
  'chore',
  'revert',
] as const;

/** As many characters as a list of commits shows of a subject without cutting it off. */
export const MAX_SUBJECT_LENGTH = 72;

const SCHEME = new RegExp(String.raw`^(?:${COMMIT_TYPES.join('|')})(?:\([a-z0-9-]+\))?!?: \S.*$`);

/** What is wrong with a commit message, in words for its author; empty if nothing is. */
export function problemsOf(message: string): string[] {
  const [subject = '', second = ''] = message.split('\n');
  // Git and the hosting service write these themselves.
  if (/^(?:Merge|fixup!|squash!) /.test(subject)) return [];
  const problems: string[] = [];
  if (!SCHEME.test(subject))
    problems.push(`begins with none of ${COMMIT_TYPES.join(', ')}, as in "fix(redis): what was wrong"`);
  const { length } = subject;
  if (length > MAX_SUBJECT_LENGTH) problems.push(`has ${length} characters; at most ${MAX_SUBJECT_LENGTH} are shown`);
  if (subject.endsWith('.')) problems.push('ends with a full stop');
  if (second !== '') problems.push('is not followed by an empty line');
  return problems;
}

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();

/** The range that begins where this file was added: older commits follow no scheme. */
function sinceAgreed(): string {
  const added = git('log', '--diff-filter=A', '--format=%H', '--', 'scripts/check-commits.ts').split('\n').at(-1);
  if (!added) throw new Error('There is no history to check here. Give a range, such as origin/main..HEAD.');
  return `${added}..HEAD`;
}

function main(range = sinceAgreed()): void {
  const messages = git('log', '-z', '--no-merges', '--format=%h %B', range).split('\0').filter(Boolean);
  const failed = messages.flatMap((entry) => {
    const [, hash = '', message = ''] = /^(\S+) ([^]*)$/.exec(entry) ?? [];
    return problemsOf(message.trim()).map((problem) => `${hash} "${message.split('\n')[0]}" ${problem}.`);
  });
  for (const line of failed) console.error(line);
  console.log(`${messages.length} commits checked, ${failed.length} problems`);
  if (failed.length > 0) process.exitCode = 1;
}

if (import.meta.main) main(process.argv[2]);
