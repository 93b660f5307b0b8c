import { userIdOf } from '../core/user-id.js';
import type { ListedSession } from '../engine/session-directory.js';
import { deviceName } from '../http/request/device.js';

/** A session in a list, with the facts that its user may see. Never its token. All times are milliseconds since the epoch. */
export interface SessionEntry {
  /** Public name of the session: what `SessionRegistry.revoke()` takes. */
  readonly handle: string;
  /** Undefined in an anonymous session. */
  readonly userId: string | number | undefined;
  readonly createdAt: number;
  /** Undefined in an anonymous session, or if another library logged the user in. */
  readonly authenticatedAt?: number;
  /** When it was last used, to within a tenth of the idle timeout. */
  readonly lastSeenAt: number;
  /** When it ends if it is not used. */
  readonly expiresAt: number;
  /** The last known address of the user. */
  readonly ip?: string;
  /** The `User-Agent`, without control characters and at most 256 characters long. */
  readonly userAgent?: string;
  /** A readable name, such as `Firefox on Windows`; undefined if it is not known. */
  readonly device?: string;
  /** Whether it is the session of the request under way. */
  readonly current: boolean;
  /** The id of the user who acts as this user in the session, if there is one. */
  readonly impersonatedBy?: string | number;
}

/** @param current the handle of the request's own session */
export function entryOf({ handle, record }: ListedSession, current: string | undefined): SessionEntry {
  const { data, createdAt, authenticatedAt, lastSeenAt, expiresAt, facts = {} } = record;
  const { ip, userAgent, actor } = facts;
  const device = facts.device ?? deviceName(userAgent);
  return {
    handle,
    userId: userIdOf(data),
    createdAt,
    ...(authenticatedAt !== undefined && { authenticatedAt }),
    lastSeenAt,
    expiresAt,
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent }),
    ...(device !== undefined && { device }),
    current: handle === current,
    ...(actor && { impersonatedBy: actor.id }),
  };
}
