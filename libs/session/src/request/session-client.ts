import type { SessionFacts } from '../core/session-facts.js';
import { userIdOf } from '../core/user-id.js';
import type { HeldSession } from '../engine/session-engine.js';
import type { WorkingSession } from './working-session.js';

/** Where a request comes from, and on what. */
export type ClientFacts = Pick<SessionFacts, 'ip' | 'userAgent' | 'device' | 'deviceClass'>;

/**
 * Writes down where the user comes from, for the list of their sessions.
 * @param client undefined where sessions are not listed
 */
export function noteClient(working: WorkingSession, client: (() => ClientFacts) | undefined): void {
  if (!client || userIdOf({ user: working.value('user') }) === undefined) return;
  if (working.isStored && working.facts.deviceClass !== undefined) return;
  const found = client();
  working.changeFacts((theirs) => seenFrom(theirs, found));
}

/** What is known of a stored session that is renewed: where its user comes from is written down with it. */
export function seenNow(working: WorkingSession, client: (() => ClientFacts) | undefined): HeldSession | undefined {
  const { held } = working;
  if (!held || !client || userIdOf(held.stored.record.data) === undefined) return held;
  const { record, version } = held.stored;
  return { ...held, stored: { version, record: { ...record, facts: seenFrom(record.facts ?? {}, client()) } } };
}

/** The class decides how many sessions there may be, so it stays what it was at first. */
function seenFrom(facts: SessionFacts, client: ClientFacts): SessionFacts {
  const { ip: _ip, userAgent: _userAgent, device: _device, ...known } = facts;
  return { ...client, ...known };
}
