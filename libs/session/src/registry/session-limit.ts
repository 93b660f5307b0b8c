import type { SessionRecord } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { isLimit, type SessionLimit } from '../options/registry-options.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { IndexPlace } from '../stores/indexed-store.js';

/** How many sessions the person of a record may have; undefined for any number. */
export function limitOf({ data, facts }: SessionRecord, options: ResolvedSessionOptions): SessionLimit | undefined {
  const { maxSessionsPerUser } = options;
  const values = facts?.actor ? facts.suspended?.values : data;
  if (maxSessionsPerUser === undefined || userIdOf(values) === undefined) return undefined;
  const limit =
    typeof maxSessionsPerUser === 'function' ? maxSessionsPerUser(values?.['user'] as SessionUser) : maxSessionsPerUser;
  if (!isLimit(limit)) throw SessionUsageError.badLimit(limit);
  return limit;
}

/** How many sessions a place has room for, for this session; undefined for any number. */
export function limitAt(place: IndexPlace, record: SessionRecord, options: ResolvedSessionOptions): number | undefined {
  const limit = limitOf(record, options);
  if (typeof limit === 'number') return place.index === 'user' ? limit : undefined;
  const { deviceClass } = record.facts ?? {};
  return deviceClass !== undefined && place.index === `user.${deviceClass}` ? limit?.[deviceClass] : undefined;
}
