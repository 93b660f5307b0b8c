import type { AssuranceLevel } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { authContextOf } from '../assurance/auth-context.js';
import { bindIdp } from '../assurance/idp-binding.js';
import { actorOf, impersonate, stopImpersonating, type ImpersonatingActor } from '../assurance/impersonation.js';
import { beginLogin, pendingLogin, type PendingLogin } from '../assurance/pending-login.js';
import { elevate, reauthenticate } from '../assurance/reauthentication.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { Duration } from '../options/duration.js';
import { checkIdpSession, type IdpSessionOptions } from './idp-session.js';
import { requireDuration, requireUser, type SafeMethodOptions } from './session-access.js';
import { SessionKeepsakes } from './session-keepsakes.js';

/** Options of `SessionService.beginLogin()`. */
export interface BeginLoginOptions extends SafeMethodOptions {
  /**
   * How long the user has for the second factor.
   * @default '10m'
   */
  ttl?: Duration;
  /** Keys of the anonymous session that are carried over. @default none */
  keep?: readonly string[];
}

/** Options of `SessionService.reauthenticate()`. */
export interface ReauthenticateOptions extends SafeMethodOptions {
  /** The authenticator assurance level of what the user has just shown. @default the session's, as it is */
  aal?: AssuranceLevel;
}

/** Options of `SessionService.elevate()`. */
export interface ElevateOptions extends SafeMethodOptions {
  /** The authenticator assurance level that the session has now. */
  aal: AssuranceLevel;
}

/** Options of `SessionService.impersonate()`. */
export interface ImpersonateOptions extends SafeMethodOptions {
  /**
   * How long at most; never beyond the actor's own absolute deadline.
   * @default '30m'
   */
  for?: Duration;
  /** Why, for the event `impersonated` and whoever reads it later. At most 256 characters are kept. */
  reason?: string;
}

const LONGEST_REASON = 256;

/** How well it is known who uses the session: proving it again, proving more, and acting as somebody else. */
export abstract class SessionAssurance<User extends SessionUser> extends SessionKeepsakes {
  /** The login that waits for its second factor; undefined if none does, or it took too long. */
  get pendingLogin(): PendingLogin<User> | undefined {
    // What the application gave beginLogin().
    return this.request('pendingLogin').view(pendingLogin) as PendingLogin<User> | undefined;
  }

  /** Who acts as the user of this session; undefined if everybody is himself. */
  get actor(): ImpersonatingActor<User> | undefined {
    // What the application gave login().
    return this.request('actor').view(actorOf) as ImpersonatingActor<User> | undefined;
  }

  /**
   * Keeps who is about to log in when the first of two factors is checked, under a new id. He is not logged in:
   * `AuthGuard` refuses him, and `@CurrentUser()` is undefined. Whoever was logged in is not any more.
   * @throws `SessionUsageError` on a GET request
   */
  async beginLogin(user: User, options: BeginLoginOptions = {}): Promise<void> {
    const session = await this.loadedForChange('beginLogin()', options);
    requireUser(user, 'beginLogin()');
    const length = requireDuration('ttl', options.ttl ?? '10m');
    await session.perform((state) => beginLogin(state, { user, keep: options.keep ?? [], length }));
  }

  /**
   * The user has proved again who he is: a new id, the old one dead, and both deadlines anew (NIST SP 800-63B-4,
   * section 5.2; ASVS V7.2.4). Call it after you have checked his password or the like; after a change of password too,
   * where `authVersion` ends the other sessions.
   * @throws `SIGN_IN_REQUIRED` (401) if nobody is logged in, `SESSION_IMPERSONATION` (403) while somebody
   * acts as the user, `SessionUsageError` on a GET request
   */
  async reauthenticate(options: ReauthenticateOptions = {}): Promise<void> {
    const session = await this.loadedForChange('reauthenticate()', options);
    const { aal } = options;
    if (aal !== undefined) requireAal('reauthenticate()', aal);
    await session.perform((state) => reauthenticate(state, aal));
  }

  /**
   * The user has shown another factor: a new id, the old one dead, and a higher level of assurance (NIST SP 800-63B-4,
   * section 2). Deadlines stay, and `@RequireRecentLogin()` as well: a second factor alone does not prove all anew. For
   * both at once there is `reauthenticate({ aal: 2 })`.
   * @throws as {@link reauthenticate}, and `SessionUsageError` for a level below the session's
   */
  async elevate(options: ElevateOptions): Promise<void> {
    const session = await this.loadedForChange('elevate()', options);
    const { aal } = options;
    requireAal('elevate()', aal);
    const { anonymous, impersonated, aal: current } = session.view(authContextOf);
    if (!anonymous && !impersonated && aal < current) throw SessionUsageError.lowerAal(aal, current);
    await session.perform((state) => elevate(state, aal));
  }

  /**
   * Lets the user act as another one, for a while: a new id, an empty session of the other user, and his own waiting for
   * {@link stopImpersonating}. When the time is up the session ends, so that nothing meant for the one is done as the
   * other. Whether he may is for you to check, and that he does not gain rights by it.
   * @throws `SIGN_IN_REQUIRED` (401) if nobody is logged in, `SESSION_IMPERSONATION` (403) if he acts as
   * somebody already or wants to act as himself, `SessionUsageError` on a GET request
   */
  async impersonate(user: User, options: ImpersonateOptions = {}): Promise<void> {
    const session = await this.loadedForChange('impersonate()', options);
    requireUser(user, 'impersonate()');
    const length = requireDuration('for', options.for ?? '30m');
    const reason = options.reason?.slice(0, LONGEST_REASON);
    await session.perform((state) => impersonate(state, { user, length, reason }));
  }

  /**
   * Acts as himself again: a new id, and his own session as he left it, with the deadline that it had.
   * @returns false if nobody acts as somebody else
   * @throws `SessionUsageError` on a GET request
   */
  async stopImpersonating(options: SafeMethodOptions = {}): Promise<boolean> {
    return (await this.loadedForChange('stopImpersonating()', options)).perform(stopImpersonating);
  }

  /**
   * Ties the session to the one at the identity provider that it came from, for `SessionRegistry.revokeByIdp()`. Call it
   * right after `login()`.
   * @throws `SessionUsageError` if there is neither `sid` nor `sub`, or the store finds sessions by their id alone;
   * `SIGN_IN_REQUIRED` (401) and `SESSION_IMPERSONATION` (403) as {@link reauthenticate};
   * `SESSION_REAUTH_REQUIRED` (403) if the user was there
   * longer ago than `maxAge`
   */
  async bindIdp(idp: IdpSessionOptions): Promise<void> {
    const checked = checkIdpSession(idp);
    await (await this.loaded('bindIdp()')).perform((state) => bindIdp(state, checked));
  }
}

export function requireAal(what: string, aal: unknown): asserts aal is AssuranceLevel {
  if (aal !== 1 && aal !== 2 && aal !== 3) throw SessionUsageError.aal(what, aal);
}
