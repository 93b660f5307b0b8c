import type { SessionRecord } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { isLimit, type SessionLimit } from '../options/registry-options.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { IndexKey } from '../stores/indexed-store.js';

/** The session limit of the person in a record; undefined for none. */
export function limitOf({ data, facts }: SessionRecord, options: ResolvedSessionOptions): SessionLimit | undefined {
  const { maxSessionsPerUser } = options;
  const values = facts?.actor ? facts.suspended?.values : data;
  if (maxSessionsPerUser === undefined || userIdOf(values) === undefined) return undefined;
  const limit =
    typeof maxSessionsPerUser === 'function' ? maxSessionsPerUser(values?.['user'] as SessionUser) : maxSessionsPerUser;
  if (!isLimit(limit)) throw SessionUsageError.badLimit(limit);
  return limit;
}

/** The limit of one index key that applies to this session; undefined for none. */
export function limitAt(
  indexKey: IndexKey,
  record: SessionRecord,
  options: ResolvedSessionOptions,
): number | undefined {
  const limit = limitOf(record, options);
  if (typeof limit === 'number') return indexKey.index === 'user' ? limit : undefined;
  const { deviceClass } = record.facts ?? {};
  return deviceClass !== undefined && indexKey.index === `user.${deviceClass}` ? limit?.[deviceClass] : undefined;
}
