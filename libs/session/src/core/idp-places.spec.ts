import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idpPlaceOf, idpPlacesOf } from './idp-places.js';

const name = fc.string({ minLength: 1 });

describe('the places of an identity provider', () => {
  it('find a session by what a logout token says of it', () => {
    fc.assert(
      fc.property(name, name, name, (issuer, sid, sub) => {
        const places = idpPlacesOf({ idp: { issuer, sid, sub } });
        expect(places).toEqual([idpPlaceOf({ issuer, sid }), idpPlaceOf({ issuer, sub })]);
        expect(idpPlaceOf({ issuer, sid, sub })).toEqual(places[0]);
      }),
    );
  });

  it('are the same for the same names alone', () => {
    fc.assert(
      fc.property(name, name, name, name, (issuer, sid, other, that) => {
        const same = issuer === other && sid === that;
        expect(idpPlaceOf({ issuer, sid }).value === idpPlaceOf({ issuer: other, sid: that }).value).toBe(same);
      }),
    );
  });

  it('are none for a session that came from nowhere else', () => {
    expect([idpPlacesOf(undefined), idpPlacesOf({}), idpPlacesOf({ idp: { issuer: 'x' } })]).toEqual([[], [], []]);
  });
});
