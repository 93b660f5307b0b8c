import type { AuditEntry } from 'nest-session/audit';
import { describePast, type Past } from '../pages/moments.js';

/** Something that happened, as the page shows it. */
export interface Activity {
  readonly what: string;
  /** A user who did not expect it should look into it. */
  readonly alarming: boolean;
  /** It was done by an administrator. */
  readonly byAdmin: boolean;
  readonly when: Past;
}

type Words = (entry: AuditEntry, actor: string) => string;

/** What matters to users, in their words. Other events are for those who run the site. */
const WORDS: Partial<Record<AuditEntry['event'], Words>> = {
  login: () => 'Signed in',
  logout: () => 'Signed out',
  newDevice: ({ details }) => `New device: ${String(details?.['device'] ?? 'unknown')}`,
  reauthenticated: () => 'Confirmed your identity',
  elevated: () => 'Confirmed with a second factor',
  impersonated: ({ reason }, actor) => `${actor} began to act as you${reason === undefined ? '' : `: ${reason}`}`,
  impersonationEnded: (_entry, actor) => `${actor} stopped acting as you`,
  evicted: () => 'Signed out to make room for a newer device',
  revoked: () => 'Signed out from elsewhere',
  expired: ({ reason }) =>
    reason === 'absolute' ? 'Signed out after the maximum time' : 'Signed out after a time of inactivity',
  invalid: () => 'A sign-in that had already ended was used again',
};

const ALARMING: ReadonlySet<string> = new Set(['newDevice', 'impersonated', 'invalid']);

/** With no other session there was nothing to compare a new device with. */
const isAlarming = ({ event, details }: AuditEntry): boolean => ALARMING.has(event) && details?.['others'] !== 0;

/** The events that {@link activityOf} can describe. */
export const shownEvents = Object.keys(WORDS) as AuditEntry['event'][];

/** @param nameOf the name of the user with this id, if there is one */
export function activityOf(entry: AuditEntry, nameOf: (id: string) => string | undefined, now = Date.now()): Activity {
  const words = WORDS[entry.event];
  const actor = (entry.actorId === undefined ? undefined : nameOf(entry.actorId)) ?? 'An administrator';
  return {
    what: words ? words(entry, actor) : entry.event,
    alarming: isAlarming(entry),
    byAdmin: entry.actorId !== undefined,
    when: describePast(entry.at, now),
  };
}
