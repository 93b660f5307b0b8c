import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idpKeyOf, idpKeysOf } from './idp-keys.js';

const name = fc.string({ minLength: 1 });

describe('the index keys of an identity provider', () => {
  it('find a session by what a logout token says of it', () => {
    fc.assert(
      fc.property(name, name, name, (issuer, sid, sub) => {
        const places = idpKeysOf({ idp: { issuer, sid, sub } });
        expect(places).toEqual([idpKeyOf({ issuer, sid }), idpKeyOf({ issuer, sub })]);
        expect(idpKeyOf({ issuer, sid, sub })).toEqual(places[0]);
      }),
    );
  });

  it('are the same for the same names alone', () => {
    fc.assert(
      fc.property(name, name, name, name, (issuer, sid, other, that) => {
        const same = issuer === other && sid === that;
        expect(idpKeyOf({ issuer, sid }).value === idpKeyOf({ issuer: other, sid: that }).value).toBe(same);
      }),
    );
  });

  it('are none for a session that came from nowhere else', () => {
    expect([idpKeysOf(undefined), idpKeysOf({}), idpKeysOf({ idp: { issuer: 'x' } })]).toEqual([[], [], []]);
  });
});
