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
