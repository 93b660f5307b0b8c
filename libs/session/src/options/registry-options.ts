import type { SessionValues } from '../core/record.js';
import type { SessionUser } from '../core/session-user.js';
import { isIndexed } from '../stores/indexed-store.js';
import type { Report } from './report.js';

/** The kind of device that a session is used on, by its `User-Agent`. */
export type DeviceClass = 'desktop' | 'mobile' | 'tablet' | 'other';

/** How many sessions a user may have at once: in total, or for each kind of device. A kind that is left out has no limit. */
export type SessionLimit = number | { readonly [device in DeviceClass]?: number | undefined };

/** The values of a session in an index. It must depend on the session only, and must not be async. */
export type IndexValues = (
  session: SessionValues & { readonly user?: SessionUser },
) => string | number | readonly (string | number)[] | undefined | null;

/** Options about all sessions of a user. They need a store with an index. */
export interface SessionRegistryOptions {
  /**
   * How many sessions a user may have at once. A function returns the limit of each user, by role or plan; an object has
   * one limit for each kind of device.
   * @default undefined: no limit
   * @example
   * maxSessionsPerUser: (user) => (user.roles?.includes('admin') ? 1 : { mobile: 2, desktop: 3 })
   */
  maxSessionsPerUser?: SessionLimit | ((user: SessionUser) => SessionLimit) | undefined;
  /**
   * What a login does when the user is at the limit. `'evict-oldest'` ends the session that was created first, and its
   * device is told why; `'reject'` refuses the login with `SESSION_LIMIT` (409).
   * @default 'evict-oldest'
   */
  whenFull?: 'evict-oldest' | 'reject' | undefined;
  /**
   * Additional values by which sessions are found: `SessionRegistry.find('tenant', 'acme')`.
   * @default none
   * @example
   * indexes: { tenant: (session) => session.tenantId }
   */
  indexes?: Readonly<Record<string, IndexValues>> | undefined;
}

/** {@link SessionRegistryOptions}, checked. */
export interface ResolvedRegistryOptions {
  readonly maxSessionsPerUser?: SessionLimit | ((user: SessionUser) => SessionLimit) | undefined;
  /** @default 'evict-oldest' */
  readonly whenFull?: 'evict-oldest' | 'reject' | undefined;
  readonly indexes?: Readonly<Record<string, IndexValues>> | undefined;
}

export const REGISTRY_OPTIONS = [
  'maxSessionsPerUser',
  'whenFull',
  'indexes',
] as const satisfies readonly (keyof SessionRegistryOptions)[];

/** @param store the one to use, if there is one */
export function resolveRegistryOptions(
  report: Report,
  { maxSessionsPerUser, whenFull, indexes }: SessionRegistryOptions,
  store: object | undefined,
): ResolvedRegistryOptions {
  if (maxSessionsPerUser !== undefined && typeof maxSessionsPerUser !== 'function' && !isLimit(maxSessionsPerUser))
    report(
      'maxSessionsPerUser',
      'must be a whole number of at least 1, such numbers by device as in { mobile: 2 }, or a function that gives one.',
    );
  if (whenFull !== undefined && whenFull !== 'evict-oldest' && whenFull !== 'reject')
    report('whenFull', "must be 'evict-oldest' or 'reject'.");
  if (whenFull !== undefined && maxSessionsPerUser === undefined)
    report('whenFull', 'has no effect without maxSessionsPerUser. Give that as well, or remove it.');
  if (indexes !== undefined) checkIndexes(report, indexes);
  if (store && !isIndexed(store))
    for (const [name, value] of Object.entries({ maxSessionsPerUser, indexes }))
      if (value !== undefined)
        report(
          name,
          'needs a store that finds sessions by their user, and this one finds them by their id alone. Use memoryStore(), ' +
            'sqliteStore() or redisStore(), or remove it.',
        );
  return {
    ...(maxSessionsPerUser !== undefined && { maxSessionsPerUser }),
    ...(whenFull !== undefined && { whenFull }),
    ...(indexes !== undefined && { indexes: Object.freeze({ ...indexes }) }),
  };
}

function checkIndexes(report: Report, indexes: unknown): void {
  if (typeof indexes !== 'object' || indexes === null)
    return report('indexes', 'must be an object of functions, such as { tenant: (session) => session.tenantId }.');
  for (const [name, values] of Object.entries(indexes)) {
    if (!/^[A-Za-z]\w{0,31}$/.test(name))
      report(`indexes.${name}`, 'must be named by a letter, then at most 31 letters, digits and _.');
    if (typeof values !== 'function') report(`indexes.${name}`, 'must be a function of a session.');
  }
}

const isCount = (value: unknown): boolean =>
  value === Infinity || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1);

const DEVICES: Readonly<Record<DeviceClass, true>> = { desktop: true, mobile: true, tablet: true, other: true };

/** Whether a value says how many sessions a user may have. */
export const isLimit = (value: unknown): value is SessionLimit =>
  isCount(value) ||
  (typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, count]) => name in DEVICES && (count === undefined || isCount(count))));
