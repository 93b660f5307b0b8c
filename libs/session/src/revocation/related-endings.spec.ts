import { describe, expect, it } from 'vitest';
import { idpPlaceOf } from '../core/idp-places.js';
import type { SessionFacts } from '../core/session-facts.js';
import { idpHandle, idpUser, relatedEndings } from './related-endings.js';

const record = (facts?: SessionFacts) => ({
  data: { user: { id: 'customer' } },
  cookie: { originalMaxAge: null },
  createdAt: 1,
  authenticatedAt: 2,
  lastSeenAt: 3,
  expiresAt: 4,
  epoch: 'of the user',
  ...(facts && { facts }),
});

describe('what else may have ended a session', () => {
  it('is nothing for most', () => {
    expect(relatedEndings('handle', record())).toEqual([]);
    expect(relatedEndings('handle', record({ aal: 2, authTime: 1 }))).toEqual([]);
  });

  it('is the end of all sessions of who acts in it, by what stood against him', () => {
    const actor = { id: 7, until: 9 };
    expect(relatedEndings('handle', record({ actor, suspended: { values: {}, epoch: 'of the actor' } }))).toEqual([
      { handle: 'handle', userId: '7', login: { createdAt: 1, authenticatedAt: 2, epoch: 'of the actor' } },
    ]);
  });

  it('is the end of where it came from', () => {
    const issuer = 'https://idp';
    const [sid, sub] = [idpPlaceOf({ issuer, sid: 'a' }), idpPlaceOf({ issuer, sub: 'b' })];
    const login = { createdAt: 1, authenticatedAt: 2, epoch: 'e' };
    expect(relatedEndings('handle', record({ idp: { issuer, sid: 'a', sub: 'b', epoch: 'e' } }))).toEqual([
      { handle: idpHandle(sid), userId: idpUser(sub), login },
    ]);
    expect(relatedEndings('handle', record({ idp: { issuer, sub: 'b', epoch: 'e' } }))).toEqual([
      { handle: 'handle', userId: idpUser(sub), login },
    ]);
    expect(relatedEndings('handle', record({ idp: { issuer, sid: 'a', epoch: 'e' } }))).toEqual([
      { handle: idpHandle(sid), userId: undefined, login },
    ]);
  });
});
