import { SessionConfigError, type ConfigProblem } from '../errors/session-config.error.js';
import { RecentLoginRequired } from '../decorators/step-up.decorators.js';
import { parseDuration, type Duration } from '../options/duration.js';

/** Options of `SessionDevicesModule.forRoot()`. */
export interface SessionDevicesOptions {
  /**
   * Path of the routes for a user's own sessions.
   * @default 'sessions'
   */
  readonly path?: string;
  /**
   * How long ago a user may have authenticated to end sessions (ASVS V7.5.2). After that the answer is 403 with
   * `SESSION_REAUTH_REQUIRED`. Listing is always possible. `false` for no limit. During an impersonation no session can be
   * ended.
   * @default '10m'
   */
  readonly recentLogin?: Duration | false;
  /**
   * Routes for administrators, for the sessions of any user.
   * @default none
   */
  readonly admin?: SessionDevicesAdminOptions;
}

/** Who may list and end the sessions of any user, and where. */
export interface SessionDevicesAdminOptions {
  /** One of these roles is needed, as for `@Roles()`. At least one. */
  readonly roles: readonly string[];
  /** @default 'admin/sessions' */
  readonly path?: string;
}

/** {@link SessionDevicesOptions} with their defaults. */
export interface ResolvedDevicesOptions {
  readonly path: string;
  /** Milliseconds; Infinity for any time. */
  readonly recentLogin: number;
  readonly admin: Required<SessionDevicesAdminOptions> | undefined;
}

/** @throws `SessionConfigError` with every problem at once */
export function resolveDevicesOptions(options: SessionDevicesOptions): ResolvedDevicesOptions {
  const { path = 'sessions', recentLogin = '10m', admin } = options;
  const problems: ConfigProblem[] = [];
  const length = recentLogin === false ? Infinity : parseDuration(recentLogin);
  if (!isPath(path)) problems.push({ path: 'path', problem: "must be a path, such as 'sessions'." });
  if (length === undefined)
    problems.push({ path: 'recentLogin', problem: "must be a duration such as '10m', or false for no limit." });
  if (admin?.path !== undefined && !isPath(admin.path))
    problems.push({ path: 'admin.path', problem: "must be a path, such as 'admin/sessions'." });
  const { roles } = admin ?? {};
  if (
    admin &&
    !(Array.isArray(roles) && roles.length > 0 && roles.every((role) => typeof role === 'string' && role !== ''))
  )
    problems.push({ path: 'admin.roles', problem: "must name at least one role, such as ['admin']." });
  if (problems.length > 0 || length === undefined) throw new SessionConfigError(problems, 'SessionDevicesModule');
  return {
    path,
    recentLogin: length,
    admin: admin && { roles: admin.roles, path: admin.path ?? 'admin/sessions' },
  };
}

/**
 * Refuses users who authenticated longer ago, and always refuses during an impersonation.
 * @param recentLogin milliseconds; Infinity for any time
 */
export const requireRecent = (recentLogin: number): MethodDecorator =>
  RecentLoginRequired({ maxAge: recentLogin, allowImpersonated: false });

const isPath = (path: unknown): boolean => typeof path === 'string' && /^\/?[\w.-]+(\/[\w.-]+)*$/.test(path);
