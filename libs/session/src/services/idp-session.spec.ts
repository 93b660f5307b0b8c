import { describe, expect, it } from 'vitest';
import { checkIdpSession } from './idp-session.js';

describe('a session at an identity provider', () => {
  it('has times in milliseconds', () => {
    expect(checkIdpSession({ issuer: 'i', sid: 's', authTime: new Date(1_000), maxAge: '10m' })).toEqual({
      issuer: 'i',
      sid: 's',
      sub: undefined,
      authTime: 1_000,
      maxAge: 600_000,
    });
    expect(checkIdpSession({ issuer: 'i', sub: 's' })).toMatchObject({ authTime: undefined, maxAge: undefined });
  });

  it.each([
    [{ issuer: 'i' }, /sid or sub/],
    [{ issuer: '', sid: 's' }, /issuer/],
    [{ issuer: 'i', sid: '' }, /sid/],
    [{ issuer: 'i', sid: 's', authTime: NaN }, /authTime/],
    [{ issuer: 'i', sid: 's', authTime: new Date('x') }, /authTime/],
    [{ issuer: 'i', sid: 's', maxAge: 0 }, /maxAge/],
  ])('is not %j', (given, problem) => {
    expect(() => checkIdpSession(given)).toThrow(problem);
  });
});
