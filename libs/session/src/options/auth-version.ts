import type { SessionUser } from '../core/session-user.js';
import type { Report } from './report.js';

/** The version of a user: if it differs from that at the login, the password or the rights have changed. */
export type AuthVersion = string | number | null | undefined;

/** Returns the version of a user; `undefined` or `null` if the user does not exist any more. */
export type AuthVersionOf = (user: SessionUser) => AuthVersion | Promise<AuthVersion>;

/** What happens to the other sessions of a user who has changed. */
export interface AuthVersionOptions {
  readonly version: AuthVersionOf;
  /**
   * `'end'`: they are over. `'refresh'`: they go on with the user that {@link load} returns.
   * @default 'end'
   */
  readonly whenChanged?: 'end' | 'refresh' | undefined;
  /**
   * Returns the current user, for `'refresh'`; `undefined` ends the session, as it should after a change of password.
   */
  readonly load?: ((user: SessionUser) => LoadedUser | Promise<LoadedUser>) | undefined;
}

type LoadedUser = SessionUser | null | undefined;

/** {@link AuthVersionOptions}, checked. */
export interface ResolvedAuthVersion {
  versionOf(user: SessionUser): AuthVersion | Promise<AuthVersion>;
  /** Undefined if changed sessions end. */
  readonly load: AuthVersionOptions['load'];
}

/** @returns undefined if sessions do not depend on a version */
export function resolveAuthVersion(report: Report, given: unknown): ResolvedAuthVersion | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'function') return { versionOf: given as AuthVersionOf, load: undefined };
  if (typeof given !== 'object' || given === null) {
    report('authVersion', 'must be a function that gives the version of a user, or { version, whenChanged, load }.');
    return undefined;
  }
  const { version, whenChanged = 'end', load, ...others } = given as Record<string, unknown>;
  for (const key of Object.keys(others))
    report(`authVersion.${key}`, 'no such option. Known: version, whenChanged, load.');
  if (typeof version !== 'function')
    report('authVersion.version', 'must be a function that gives the version of a user.');
  if (whenChanged !== 'end' && whenChanged !== 'refresh')
    report('authVersion.whenChanged', "must be 'end' or 'refresh'.");
  if (whenChanged === 'refresh' && typeof load !== 'function')
    report('authVersion.load', "must be a function that returns the current user: 'refresh' needs it.");
  if (whenChanged === 'end' && load !== undefined)
    report('authVersion.load', "is used with whenChanged: 'refresh' only. Remove it.");
  return { versionOf: version as AuthVersionOf, load: load as AuthVersionOptions['load'] };
}
