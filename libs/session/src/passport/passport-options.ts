import { SessionConfigError } from '../errors/session-config.error.js';
import type { SessionUser } from '../core/session-user.js';
import type { LoginOptions } from '../services/session-service-options.js';
import type { PassportRequest } from './passport-port.js';

/** What a login by Passport may ask for. Whether it may come on a GET request is for the strategy to say. */
export type PassportLoginOptions = Omit<LoginOptions, 'allowSafeMethod'>;

/** Options of `SessionPassportModule.forRoot()`. */
export interface SessionPassportOptions<PassportUser extends object = object> {
  /**
   * What the session keeps of a user of Passport: `session.user`. It is asked at the login with what the strategy's
   * `validate()` returned, and in each request with what `deserializeUser()` gave, whose `id` has to be the same.
   * @default `id` and `roles` of the user
   * @example
   * (account: Account) => ({ id: account.userId, roles: account.roles })
   */
  readonly user?: (user: PassportUser) => SessionUser;
  /**
   * Options of `SessionService.login()` for this login.
   * @default none
   * @example
   * (account, request) => ({ remember: request.headers['x-remember'] === 'yes' ? '30d' : undefined })
   */
  readonly login?: (user: PassportUser, request: PassportRequest) => PassportLoginOptions;
}

/** {@link SessionPassportOptions} with their defaults. */
export type ResolvedPassportOptions = Required<SessionPassportOptions>;

/** @throws `SessionConfigError` with every problem at once */
export function resolvePassportOptions<PassportUser extends object>(
  options: SessionPassportOptions<PassportUser>,
): ResolvedPassportOptions {
  const problems = (['user', 'login'] as const)
    .filter((path) => options[path] !== undefined && typeof options[path] !== 'function')
    .map((path) => ({ path, problem: 'must be a function of the user that Passport signs in.' }));
  if (problems.length > 0) throw new SessionConfigError(problems, 'SessionPassportModule');
  const resolved: Required<SessionPassportOptions<PassportUser>> = { user: ownUser, login: () => ({}), ...options };
  // Which users Passport signs in is known to the application.
  return resolved as unknown as ResolvedPassportOptions;
}

/** Of an entity, no more than what guards ask for. What is no id is refused later, with what to do. */
function ownUser(user: object): SessionUser {
  const { id, roles } = user as Partial<SessionUser>;
  return { id: id as SessionUser['id'], ...(isTexts(roles) && { roles: [...roles] }) };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');
