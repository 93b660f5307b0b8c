import { Logger } from '@nestjs/common';
import expressSession from 'express-session';
import { session } from 'nest-session/express';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compare, type Found } from './compare.js';
import { covers, differences } from './differences.js';
import { expectedRows, printedRows } from './docs-table.js';
import { runScript, type SessionFactory } from './run-script.js';
import { scripts } from './scripts/index.js';

vi.hoisted(() => {
  process.env['NO_DEPRECATION'] = 'express-session';
});

const theirs = expressSession as unknown as SessionFactory;
const found = new Map<string, Found[]>();

beforeAll(() => {
  // What the scripts provoke is not worth reading.
  Logger.overrideLogger(false);
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterAll(() => {
  vi.useRealTimers();
  Logger.overrideLogger(['log', 'warn', 'error']);
});

describe('the same requests to express-session and to nest-session/express', () => {
  it.each(scripts)('$name', async (script) => {
    const all = compare(script.name, await runScript(script, theirs), await runScript(script, session));
    found.set(script.name, all);
    expect(all.filter((one) => !differences.some((difference) => covers(difference, one)))).toEqual([]);
  });

  it('compares at least 40 scripts, each with a name of its own', () => {
    expect(new Set(scripts.map(({ name }) => name)).size).toBe(scripts.length);
    expect(scripts.length).toBeGreaterThanOrEqual(40);
  });

  it('notices a difference: a session without HttpOnly', async () => {
    const script = scripts.find(({ name }) => name === 'save')!;
    const changed: SessionFactory = (options) => session({ ...options, cookie: { httpOnly: false } });
    const all = compare(script.name, await runScript(script, theirs), await runScript(script, changed));
    expect(all.map(({ aspect }) => aspect)).toContain('cookies');
    expect(all.filter((one) => !differences.some((difference) => covers(difference, one)))).not.toEqual([]);
  });
});

describe.each(differences)('difference: $what', (difference) => {
  const everything = () => [...found.values()].flat();

  it.each(Object.entries(difference.in ?? {}))('shows in "%s"', (script, places) => {
    const here = found.get(script)?.map(({ step, aspect }) => `${step} ${aspect}`);
    expect(here).toEqual(expect.arrayContaining([...places]));
  });

  if (difference.everywhere) {
    it('shows somewhere', () => expect(everything().some((one) => difference.everywhere?.(one))).toBe(true));
  }
});

describe('docs/conformance.md', () => {
  it('prints every difference with its reason, and no other', () => {
    expect(printedRows()).toEqual(expectedRows(differences));
  });
});
