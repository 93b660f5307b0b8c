import { versionFact } from '../assurance/auth-version.js';
import type { SessionUser } from '../core/session-user.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { LoginRequest } from '../request/login.js';
import type { RequestState } from '../request/request-state.js';
import { requireAal } from './argument-checks.js';
import { askedDeadlines } from './login-deadlines.js';
import type { LoginOptions } from './session-service-options.js';

/** What a login asks for, before it is known for whom. */
export type CheckedLogin = Omit<LoginRequest, 'user'>;

/** @throws `SessionUsageError` if an option is wrong, or they contradict each other or the module's `preset` */
export function checkLogin(what: string, options: LoginOptions, module: ResolvedSessionOptions): CheckedLogin {
  const { keep = [], aal } = options;
  if (aal !== undefined) requireAal(what, aal);
  return { keep, deadlines: askedDeadlines(options, module), facts: aal === undefined ? {} : { aal } };
}

/** What ends the user's older sessions once it changes, asked before the login begins. */
export async function withAuthVersion(
  { engine }: RequestState,
  user: SessionUser,
  login: CheckedLogin,
  { authVersion }: LoginOptions,
): Promise<LoginRequest> {
  const version = await versionFact(engine, user, authVersion);
  return { ...login, user, facts: { ...login.facts, ...version } };
}
