import type { SessionFacts } from './session-facts.js';

/** A session, or all sessions of a subject, at an identity provider (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
export interface IdpTarget {
  readonly issuer: string;
  /** At least one of both. */
  readonly sid?: string | undefined;
  readonly sub?: string | undefined;
}

/** Under what index and value the sessions of an identity provider's session or subject are found. */
export interface IdpPlace {
  readonly index: 'idp.sid' | 'idp.sub';
  readonly value: string;
}

/** Where to look for the sessions that a logout token means. A `sid` says more than a `sub`. */
export const idpPlaceOf = ({ issuer, sid, sub }: IdpTarget): IdpPlace =>
  sid === undefined ? place('idp.sub', issuer, sub ?? '') : place('idp.sid', issuer, sid);

/** Where a session is to be found by its identity provider. */
export function idpPlacesOf(facts: SessionFacts | undefined): IdpPlace[] {
  const { issuer, sid, sub } = facts?.idp ?? {};
  if (issuer === undefined) return [];
  return [
    ...(sid === undefined ? [] : [place('idp.sid', issuer, sid)]),
    ...(sub === undefined ? [] : [place('idp.sub', issuer, sub)]),
  ];
}

// Unlike for every other pair, whatever stands in them.
const place = (index: IdpPlace['index'], issuer: string, name: string): IdpPlace => ({
  index,
  value: JSON.stringify([issuer, name]),
});
