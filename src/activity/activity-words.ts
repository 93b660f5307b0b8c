import type { AuditEntry } from 'nest-session/audit';
import { describePast, type Past } from '../pages/moments.js';

/** Something that happened, as the page shows it. */
export interface Activity {
  readonly what: string;
  /** Something that somebody who did not expect it should look into. */
  readonly alarming: boolean;
  /** It was not the user himself. */
  readonly byAdmin: boolean;
  readonly when: Past;
}

type Words = (entry: AuditEntry, actor: string) => string;

/** What people care about, and how it is said to them. Everything else is for whoever runs the site. */
const WORDS: Partial<Record<AuditEntry['event'], Words>> = {
  login: () => 'Signed in',
  logout: () => 'Signed out',
  newDevice: ({ details }) => `New device: ${String(details?.['device'] ?? 'unknown')}`,
  reauthenticated: () => 'Confirmed who you are',
  elevated: () => 'Signed in with another factor',
  impersonated: ({ reason }, actor) => `${actor} began to act as you${reason === undefined ? '' : `: ${reason}`}`,
  impersonationEnded: (_entry, actor) => `${actor} stopped acting as you`,
  evicted: () => 'Signed out, to make room for a newer device',
  revoked: () => 'Signed out from elsewhere',
  expired: ({ reason }) =>
    reason === 'absolute' ? 'Signed out after the longest time that is allowed' : 'Signed out after not being used',
  invalid: () => 'Somebody used a copy of a session that was over',
};

const ALARMING: ReadonlySet<string> = new Set(['newDevice', 'impersonated', 'invalid']);

/** With no other session there was nothing to compare a new device with. */
const isAlarming = ({ event, details }: AuditEntry): boolean => ALARMING.has(event) && details?.['others'] !== 0;

/** The events that {@link activityOf} has words for. */
export const shownEvents = Object.keys(WORDS) as AuditEntry['event'][];

/** @param nameOf the name of the user with this id, if there is one */
export function activityOf(entry: AuditEntry, nameOf: (id: string) => string | undefined, now = Date.now()): Activity {
  const words = WORDS[entry.event];
  const actor = (entry.actorId === undefined ? undefined : nameOf(entry.actorId)) ?? 'Somebody';
  return {
    what: words ? words(entry, actor) : entry.event,
    alarming: isAlarming(entry),
    byAdmin: entry.actorId !== undefined,
    when: describePast(entry.at, now),
  };
}
