import type { SessionEntry } from 'nest-session';
import {
  describeDeadline,
  describeMoment,
  describePast,
  type Deadline,
  type Moment,
  type Past,
} from '../pages/moments.js';

/** A session as a page shows it. */
export interface DeviceView {
  readonly handle: string;
  readonly current: boolean;
  readonly name: string;
  /** Whether the icon is that of a handheld device. */
  readonly handheld: boolean;
  readonly ip: string | undefined;
  readonly signedIn: Moment;
  readonly lastSeen: Past;
  /** Undefined for never. */
  readonly ends: Deadline | undefined;
  readonly impersonatedBy: string | undefined;
}

/** This one first, then the one that was used last. */
export const deviceViews = (entries: readonly SessionEntry[], now = Date.now()): DeviceView[] =>
  [...entries]
    .sort((one, other) => Number(other.current) - Number(one.current) || other.lastSeenAt - one.lastSeenAt)
    .map((entry) => deviceView(entry, now));

function deviceView(entry: SessionEntry, now: number): DeviceView {
  const { handle, current, device, userAgent, ip, createdAt, authenticatedAt, lastSeenAt, expiresAt } = entry;
  return {
    handle,
    current,
    name: device ?? 'Unknown device',
    handheld: /\b(Android|iPhone|iPad|Mobile)\b/.test(userAgent ?? ''),
    ip,
    signedIn: describeMoment(authenticatedAt ?? createdAt),
    lastSeen: describePast(lastSeenAt, now),
    ends: Number.isFinite(expiresAt) ? describeDeadline(expiresAt, now) : undefined,
    impersonatedBy: entry.impersonatedBy === undefined ? undefined : String(entry.impersonatedBy),
  };
}
