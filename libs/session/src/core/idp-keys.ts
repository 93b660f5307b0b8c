import type { SessionFacts } from './session-facts.js';

/** A session, or all sessions of a subject, at an identity provider (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
export interface IdpTarget {
  readonly issuer: string;
  /** At least one of both. */
  readonly sid?: string | undefined;
  readonly sub?: string | undefined;
}

/** The index key of a session or a subject at an identity provider. */
export interface IdpKey {
  readonly index: 'idp.sid' | 'idp.sub';
  readonly value: string;
}

/** The index key that a logout token means. A `sid` is more specific than a `sub`. */
export const idpKeyOf = ({ issuer, sid, sub }: IdpTarget): IdpKey =>
  sid === undefined ? keyOf('idp.sub', issuer, sub ?? '') : keyOf('idp.sid', issuer, sid);

/** The index keys of a session that came from an identity provider. */
export function idpKeysOf(facts: SessionFacts | undefined): IdpKey[] {
  const { issuer, sid, sub } = facts?.idp ?? {};
  if (issuer === undefined) return [];
  return [
    ...(sid === undefined ? [] : [keyOf('idp.sid', issuer, sid)]),
    ...(sub === undefined ? [] : [keyOf('idp.sub', issuer, sub)]),
  ];
}

// Unambiguous: no two pairs of texts give the same value.
const keyOf = (index: IdpKey['index'], issuer: string, name: string): IdpKey => ({
  index,
  value: JSON.stringify([issuer, name]),
});
