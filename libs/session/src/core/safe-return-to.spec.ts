import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeReturnTo } from './safe-return-to.js';

describe('safeReturnTo', () => {
  it.each(['/', '/dashboard', '/a/b?x=1&y=%2F#z', '/a//b', '/@user', '/:x'])('lets %j through', (path) => {
    expect(safeReturnTo(path, '/no')).toBe(path);
  });

  it.each([
    '',
    'dashboard',
    '//evil.com',
    '/\\evil.com',
    '\\/evil.com',
    'https://evil.com',
    'javascript:alert(1)',
    '/.//evil.com',
    '/..//evil.com',
    '/a/..//evil.com',
    '/%2e//evil.com',
    '/%2E%2e//evil.com',
    '/./\\evil.com',
    '/x/../\\/evil.com',
    '/\t/evil.com',
    '/\n/evil.com',
    ' /x',
    '/ü',
    `/${'x'.repeat(3000)}`,
    undefined,
    null,
    7,
    ['/x'],
    { toString: () => '/x' },
  ])('gives the fallback for %j', (value) => {
    expect(safeReturnTo(value, '/home')).toBe('/home');
  });

  const hostile = fc
    .array(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        '%2e',
        '%2E',
        '%2f',
        '%5c',
        '?',
        '#',
        '@',
        ':',
        'evil.com',
        'a',
        '"',
        '\t',
        '\n',
        '\r',
        ' ',
        '\0',
        'ü',
      ),
      { maxLength: 12 },
    )
    .map((parts) => `/${parts.join('')}`);

  it('gives a path that obeys the rule it checks: one slash, then neither slash nor backslash', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        expect(safeReturnTo(value, '/')).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('gives the same again for what it gave', () => {
    const long = fc.nat({ max: 3_000 }).map((length) => `/${'"'.repeat(length)}`);
    fc.assert(
      fc.property(fc.oneof(hostile, long), (value) => {
        const once = safeReturnTo(value, '/home');
        expect(safeReturnTo(once, '/home')).toBe(once);
        // As a browser resolves it.
        expect(new URL(once, 'https://here.test').host).toBe('here.test');
      }),
      { numRuns: 5_000 },
    );
  });

  it('never leaves this origin, whatever a browser makes of it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.webPath(),
          fc.string().map((text) => `/${text}`),
        ),
        (value) => {
          expect(new URL(safeReturnTo(value), 'https://here.test').origin).toBe('https://here.test');
        },
      ),
    );
  });
});
