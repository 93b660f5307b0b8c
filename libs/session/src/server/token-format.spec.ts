import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSessionName, newSecret, newSessionName } from '../core/session-name.js';
import { hashToken, parseToken, tokenText } from './token-format.js';

describe('a token', () => {
  it('says its name and generation, and nothing else of it does', () => {
    const [name, secret] = [newSessionName(), newSecret()];
    const token = tokenText(name, 12, secret);
    expect(parseToken(token)).toEqual({ key: name, handle: name, generation: 12 });
    expect(hashToken(token)).toMatch(/^[\w-]{43}$/);
    expect(hashToken(token)).not.toContain(secret);
  });

  it('is unlike every other one', () => {
    const made = Array.from({ length: 10_000 }, () => [newSessionName(), newSecret()]).flat();
    expect(new Set(made).size).toBe(made.length);
    expect(made.every(isSessionName)).toBe(true);
  });

  it.each([
    ['without a secret', 'n'.repeat(22)],
    ['with a secret that is too short', `${'n'.repeat(22)}.0.${'s'.repeat(42)}`],
    ['with a generation that is no number', `${'n'.repeat(22)}.x.${'s'.repeat(43)}`],
    ['with a generation of two spellings', `${'n'.repeat(22)}.01.${'s'.repeat(43)}`],
    ['with a name of other letters', `${'ü'.repeat(22)}.0.${'s'.repeat(43)}`],
    ['with something behind it', `${'n'.repeat(22)}.0.${'s'.repeat(43)}\n`],
  ])('%s is none', (_what, text) => {
    expect(parseToken(text)).toBeUndefined();
  });

  it('is read back from its text alone, and no other text is one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseToken(text);
        expect(parsed === undefined || text.startsWith(`${parsed.key}.${parsed.generation}.`)).toBe(true);
      }),
    );
  });
});
