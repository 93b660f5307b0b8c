import { userIdOf } from '../core/user-id.js';
import type { ListedSession } from '../engine/session-directory.js';
import { deviceName } from '../http/request/device.js';

/** A session in a list: what its user may see of it. Never its id. All times are milliseconds since the epoch. */
export interface SessionEntry {
  /** Public name of the session: what `SessionRegistry.revoke()` takes. */
  readonly handle: string;
  /** Undefined where nobody is logged in. */
  readonly userId: string | number | undefined;
  readonly createdAt: number;
  /** Undefined while nobody is logged in, or where another library logged the user in. */
  readonly authenticatedAt?: number;
  /** When it was last used, give or take a tenth of the idle timeout. */
  readonly lastSeenAt: number;
  /** When it ends if nobody uses it. */
  readonly expiresAt: number;
  /** The address that the user came from last, as far as it is known. */
  readonly ip?: string;
  /** What the browser calls itself, without control characters and at most 256 others. */
  readonly userAgent?: string;
  /** For people, such as `Firefox on Windows`; undefined if {@link userAgent} does not tell. */
  readonly device?: string;
  /** Whether it is the session of the request under way. */
  readonly current: boolean;
  /** Who acts as the user there, if it is not the user himself. */
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
