import type { SessionEntry } from '../services/session-entry.js';

/** A session as its user may see it. Times in ISO 8601. Never an id. */
export class SessionDeviceDto {
  /** Public name of the session, used to end it. */
  readonly handle: string;
  /** Whether it is the session of this request. */
  readonly current: boolean;
  /** Browser and system, such as `Firefox on Windows`; null if that is not known. */
  readonly device: string | null;
  /** The address that the user signed in from; null if that is not known. */
  readonly ip: string | null;
  /** When it began. */
  readonly createdAt: string;
  /** When the user last signed in to it; null if that is not known. */
  readonly authenticatedAt: string | null;
  /** When it was last used, to within a tenth of the idle timeout. */
  readonly lastSeenAt: string;
  /** When it ends if it is not used; null for never. */
  readonly expiresAt: string | null;
  /** The user who acts as this user in the session; null for none. */
  readonly impersonatedBy: string | null;

  constructor(entry: SessionEntry) {
    this.handle = entry.handle;
    this.current = entry.current;
    this.device = entry.device ?? null;
    this.ip = entry.ip ?? null;
    this.createdAt = iso(entry.createdAt);
    this.authenticatedAt = entry.authenticatedAt === undefined ? null : iso(entry.authenticatedAt);
    this.lastSeenAt = iso(entry.lastSeenAt);
    this.expiresAt = Number.isFinite(entry.expiresAt) ? iso(entry.expiresAt) : null;
    this.impersonatedBy = entry.impersonatedBy === undefined ? null : String(entry.impersonatedBy);
  }
}

/** The sessions of a user: that of this request first, then the most recently used. */
export class SessionDeviceListDto {
  readonly sessions: readonly SessionDeviceDto[];

  constructor(entries: readonly SessionEntry[]) {
    this.sessions = [...entries]
      .sort((one, other) => Number(other.current) - Number(one.current) || other.lastSeenAt - one.lastSeenAt)
      .map((entry) => new SessionDeviceDto(entry));
  }
}

/** The result of ending several sessions. */
export class SessionsEndedDto {
  /** How many were ended; null where the store cannot count. */
  readonly ended: number | null;

  constructor(ended: number | undefined) {
    this.ended = ended ?? null;
  }
}

const iso = (time: number): string => new Date(time).toISOString();
