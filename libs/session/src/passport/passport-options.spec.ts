import { describe, expect, it } from 'vitest';
import { resolvePassportOptions } from './passport-options.js';

describe('the user that a session keeps', () => {
  const { user } = resolvePassportOptions({});

  it('is by default id and roles, and nothing else of an entity', () => {
    expect(user({ id: 7, roles: ['admin'], passwordHash: 'x' })).toEqual({ id: 7, roles: ['admin'] });
    expect(user({ id: 'a', roles: 'admin' })).toEqual({ id: 'a' });
    expect(user({ id: 'a', roles: [1] })).toEqual({ id: 'a' });
  });

  it('is read through the getters of a class', () => {
    const made = new (class {
      get id() {
        return 'from a getter';
      }
    })();
    expect(user(made)).toEqual({ id: 'from a getter' });
  });
});

it.each([
  ['user', { user: 'id' }],
  ['login', { login: { remember: '30d' } }],
])('refuses the option %s where it is no function', (path, options) => {
  expect(() => resolvePassportOptions(options as never)).toThrow(
    `SessionPassportModule cannot start, 1 problem in its options:\n  - ${path}: must be a function`,
  );
});
