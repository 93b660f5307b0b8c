import type { SessionFacts } from '../core/session-facts.js';
import { userIdOf } from '../core/user-id.js';
import type { HeldSession } from '../engine/session-engine.js';
import type { WorkingSession } from './working-session.js';

/** Where a request comes from, and on what. */
export type ClientFacts = Pick<SessionFacts, 'ip' | 'userAgent' | 'device' | 'deviceClass'>;

/**
 * Notes address and browser of the user, for lists of sessions.
 * @param client undefined where sessions are not listed
 */
export function noteClient(working: WorkingSession, client: (() => ClientFacts) | undefined): void {
  if (!client || userIdOf({ user: working.value('user') }) === undefined) return;
  if (working.isStored && working.facts.deviceClass !== undefined) return;
  const found = client();
  working.changeFacts((theirs) => seenFrom(theirs, found));
}

/** A stored session for a renewal, with the current address and browser of its user. */
export function seenNow(working: WorkingSession, client: (() => ClientFacts) | undefined): HeldSession | undefined {
  const { held } = working;
  if (!held || !client || userIdOf(held.stored.record.data) === undefined) return held;
  const { record, version } = held.stored;
  return { ...held, stored: { version, record: { ...record, facts: seenFrom(record.facts ?? {}, client()) } } };
}

/** The device class never changes, because limits depend on it. */
function seenFrom(facts: SessionFacts, client: ClientFacts): SessionFacts {
  const { ip: _ip, userAgent: _userAgent, device: _device, ...known } = facts;
  return { ...client, ...known };
}
