import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from './workspace.js';

const folder = 'docs/adr';
const records = readdirSync(fromRoot(folder)).filter((name) => /^\d{4}-.*\.md$/.test(name));
const index = readFileSync(fromRoot(folder, 'README.md'), 'utf8');

/** What is missing in the form of a record. CONTRIBUTING.md says what the form is for. */
function missingIn(name: string, text: string): string[] {
  const form: Record<string, RegExp> = {
    [`a heading "# ${name.slice(0, 4)}: ..."`]: new RegExp(`^# ${name.slice(0, 4)}: \\S`),
    'a status': /^- Status: (?:proposed|accepted|superseded)\b/m,
    'a date': /^- Date: \d{4}-\d\d-\d\d$/m,
    'what supersedes it': /^- Superseded by: \S/m,
    context: /^## Context$/m,
    decision: /^## Decision$/m,
    alternatives: /^## Alternatives$/m,
    consequences: /^## Consequences$/m,
  };
  return Object.entries(form).flatMap(([what, pattern]) => (pattern.test(text) ? [] : [what]));
}

describe.each(records)('%s', (name) => {
  const text = readFileSync(fromRoot(folder, name), 'utf8');

  it('has the form of a record', () => {
    expect(missingIn(name, text)).toEqual([]);
  });

  it('is in the list', () => {
    expect(index).toContain(`(${name})`);
  });

  it('is superseded by a record exactly if its status says so', () => {
    const status = /^- Status: superseded$/m.test(text);
    expect(/^- Superseded by: \[?\d{4}/m.test(text)).toBe(status);
  });
});

it('numbers the records without a gap', () => {
  expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, place) => place + 1));
});

it('would notice a record without the form', () => {
  expect(missingIn('0001-x.md', '# 1. Old form\n\n## Context\n\n## Decision\n\n## Consequences\n')).toEqual([
    'a heading "# 0001: ..."',
    'a status',
    'a date',
    'what supersedes it',
    'alternatives',
  ]);
});
