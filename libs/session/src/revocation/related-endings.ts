import { shortDigest } from '../core/digest.js';
import { idpPlacesOf, type IdpPlace } from '../core/idp-places.js';
import type { SessionRecord } from '../core/record.js';

/** What else may have ended a session: asked of the revocation store in the words that it has for sessions and users. */
export interface RelatedEnding {
  readonly handle: string;
  readonly userId: string | undefined;
  readonly login: Pick<SessionRecord, 'createdAt' | 'authenticatedAt' | 'epoch'>;
}

/** The name of an identity provider's session beside the handles of ours. */
export const idpHandle = ({ value }: IdpPlace): string => shortDigest(`idp:${value}`);

/** The name of an identity provider's subject beside the ids of users, none of which begins like this. */
export const idpUser = ({ value }: IdpPlace): string => `\0idp:${value}`;

/** The actor, whose own session it is, and the session at the identity provider that it came from. */
export function relatedEndings(handle: string, record: SessionRecord): RelatedEnding[] {
  const { facts } = record;
  if (!facts?.actor && !facts?.idp) return [];
  const { createdAt, authenticatedAt } = record;
  const began = (epoch: string | undefined) => ({
    createdAt,
    ...(authenticatedAt !== undefined && { authenticatedAt }),
    ...(epoch !== undefined && { epoch }),
  });
  const places = idpPlacesOf(facts);
  const sid = places.find(({ index }) => index === 'idp.sid');
  const sub = places.find(({ index }) => index === 'idp.sub');
  return [
    ...(facts.actor ? [{ handle, userId: String(facts.actor.id), login: began(facts.suspended?.epoch) }] : []),
    ...(facts.idp
      ? [{ handle: sid ? idpHandle(sid) : handle, userId: sub && idpUser(sub), login: began(facts.idp.epoch) }]
      : []),
  ];
}
