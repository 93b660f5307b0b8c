import type { SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import { userIdOf } from '../core/user-id.js';
import type { StoredSession } from '../stores/session-store.js';
import type { WorkingSession } from './working-session.js';

/** Where a request comes from, and on what. */
export type ClientFacts = Pick<SessionFacts, 'ip' | 'userAgent' | 'device' | 'deviceClass'>;

/**
 * Writes down where the user comes from, for the list of his sessions.
 * @param client undefined where sessions are not listed
 */
export function noteClient(
  working: WorkingSession,
  values: SessionValues,
  client: (() => ClientFacts) | undefined,
): void {
  if (!client || userIdOf(values) === undefined) return;
  const { ip: _ip, userAgent: _userAgent, device: _device, ...known } = working.times.facts ?? {};
  // The class decides how many sessions there may be, so it stays what it was at first.
  working.times = { ...working.times, facts: { ...client(), ...known } };
}

/** What is known of a stored session that is renewed: where its user comes from is written down with it. */
export function seenNow(working: WorkingSession, client: (() => ClientFacts) | undefined): StoredSession | undefined {
  const { known } = working;
  if (!known) return undefined;
  noteClient(working, known.record.data, client);
  const { facts } = working.times;
  return facts ? { ...known, record: { ...known.record, facts } } : known;
}
