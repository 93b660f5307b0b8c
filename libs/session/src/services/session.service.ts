import { Injectable } from '@nestjs/common';
import type { SessionData } from 'express-session';
import { bindIdp } from '../assurance/idp-binding.js';
import { actorOf, impersonate, stopImpersonating, type ImpersonatingActor } from '../assurance/impersonation.js';
import { beginLogin, completeLogin, pendingLogin, type PendingLogin } from '../assurance/pending-login.js';
import { elevate, reauthenticate } from '../assurance/reauthentication.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionObject } from '../request/live-session.js';
import { login } from '../request/login.js';
import type { SessionInfo, SessionRemaining } from '../request/request-session.js';
import { requireAal, requireDuration, storableUser } from './argument-checks.js';
import { changeableSession, knownSession, liveSession, loadedSession, requestSession } from './current-session.js';
import { flash, type FlashMessages } from './flash.js';
import { checkIdpSession, type IdpSessionOptions } from './idp-session.js';
import { checkLogin, withAuthVersion } from './login-request.js';
import { ReturnTo } from './return-to.js';
import type * as Options from './session-service-options.js';
import { issueOnce, takeOnce, type TakenOnce } from './single-use.js';

/**
 * The session of the request under way. A singleton: inject it anywhere; it finds the request by itself.
 *
 * Every method throws `SessionContextError` outside of a request, and `SESSION_STORE_UNAVAILABLE` (503) when the store
 * is unavailable. What changes who is logged in throws `SessionUsageError` on a GET request. `User` is the type of what
 * the application gives to `login()`, `beginLogin()` and `impersonate()`.
 *
 * @example
 * @Post('login')
 * async login(@Body() body: LoginDto) {
 *   const user = await this.users.verify(body);
 *   await this.sessions.login({ id: user.id, roles: user.roles }, { keep: ['cart'] });
 *   return { id: user.id };
 * }
 */
@Injectable()
export class SessionService<User extends SessionUser = SessionUser> {
  /** The page that a visitor asked for before the login came in between. */
  readonly returnTo: ReturnTo = new ReturnTo(loadedSession);

  /** What `req.session` is. Its changes are saved before the response leaves. @throws `SESSION_GONE` after `destroy()` */
  get current(): SessionObject {
    return liveSession(requestSession('current'));
  }

  /** The user who is logged in, or undefined. */
  get user(): User | undefined {
    const { user } = (requestSession('user').session ?? {}) as { user?: unknown };
    return userIdOf({ user }) === undefined ? undefined : (user as User);
  }

  /** Public facts about the session: handle, times, deadline. Never its token. */
  get info(): SessionInfo {
    return requestSession('info').info();
  }

  /** The login that waits for its second factor; undefined if there is none, or its time is over. */
  get pendingLogin(): PendingLogin<User> | undefined {
    return requestSession('pendingLogin').view(pendingLogin) as PendingLogin<User> | undefined;
  }

  /** The user who acts as the user of this session; undefined without an impersonation. */
  get actor(): ImpersonatingActor<User> | undefined {
    return requestSession('actor').view(actorOf) as ImpersonatingActor<User> | undefined;
  }

  /**
   * How long the session still lasts; undefined if nothing is stored. `@NoRenew()` keeps a request that only asks for this
   * from counting as use.
   */
  async remaining(): Promise<SessionRemaining | undefined> {
    return (await knownSession('remaining()')).remaining();
  }

  /**
   * Renews the idle deadline now, also on a `@NoRenew()` route, and returns {@link remaining}. The absolute one stays.
   * @throws `SESSION_GONE` if the session has ended meanwhile
   */
  async extend(): Promise<SessionRemaining | undefined> {
    const session = await knownSession('extend()');
    await session.extend();
    return session.remaining();
  }

  /** Reads the session if the module runs with `lazy: true` or the route is `@NoSession()`. */
  async load(): Promise<SessionObject> {
    return liveSession(await loadedSession('load()'));
  }

  /**
   * Logs a user in: a new token, the old one invalid, both deadlines anew, and all of it saved when this resolves. Call
   * it after you have checked who the user is, also over another login (ASVS V7.2.4, session fixation).
   * @param user with an `id`; what is stored is what the option `toSession` makes of it, or else all of its own keys
   * @throws `SessionUsageError` on a GET request, after the response has begun, over http with a Secure cookie, or with
   * timeouts that contradict each other or the module's `preset`
   */
  async login(user: User, options: Options.LoginOptions = {}): Promise<void> {
    const session = await changeableSession('login()', options);
    const stored = storableUser('login()', user, session.state.engine.options);
    const request = checkLogin('login()', options, session.state.engine.options);
    await session.perform(async (state) => login(state, await withAuthVersion(state, stored, request, options)));
  }

  /**
   * Keeps who is about to log in once the first of two factors is checked, under a new token. The user is not logged in by
   * it: `AuthGuard` refuses, and `@CurrentUser()` is undefined. A user who was logged in before is logged out.
   */
  async beginLogin(user: User, options: Options.BeginLoginOptions = {}): Promise<void> {
    const session = await changeableSession('beginLogin()', options);
    const stored = storableUser('beginLogin()', user, session.state.engine.options);
    const length = requireDuration('ttl', options.ttl ?? '10m');
    await session.perform((state) => beginLogin(state, { user: stored, keep: options.keep ?? [], length }));
  }

  /**
   * Logs in the user of {@link beginLogin}, after the second factor. Of requests that come together, one does.
   * @param options as {@link login} has them; `aal` is 2 by default
   * @returns who is logged in
   * @throws `SESSION_LOGIN_NOT_PENDING` (401) if no login is pending, its time is over, or the user's password was
   * changed meanwhile; `SESSION_GONE` (401) if another request was first
   */
  async completeLogin(options: Omit<Options.LoginOptions, 'authVersion'> = {}): Promise<User> {
    const session = await changeableSession('completeLogin()', options);
    const request = checkLogin('completeLogin()', { ...options, aal: options.aal ?? 2 }, session.state.engine.options);
    return (await session.perform((state) => completeLogin(state, request))) as User;
  }

  /** Ends the session, in the store first and then in the browser. An empty one takes its place in this request. */
  async logout(): Promise<void> {
    await (await loadedSession('logout()')).logout();
  }

  /** Ends the session. `req.session` is undefined for the rest of the request. */
  async destroy(): Promise<void> {
    await (await this.load()).destroy();
  }

  /**
   * The user has proved their identity again: a new token, the old one invalid, both deadlines anew (NIST SP 800-63B-4,
   * section 5.2; ASVS V7.2.4). Call it after the check, and after a change of password, where `authVersion` is in use.
   * @throws `SIGN_IN_REQUIRED` (401) without a user, `SESSION_IMPERSONATION` (403) during an impersonation
   */
  async reauthenticate(options: Options.ReauthenticateOptions = {}): Promise<void> {
    const session = await changeableSession('reauthenticate()', options);
    const { aal } = options;
    if (aal !== undefined) requireAal('reauthenticate()', aal);
    await session.perform((state) => reauthenticate(state, aal));
  }

  /**
   * The user has shown another factor: a new token, the old one invalid, and a higher level of assurance (NIST SP
   * 800-63B-4, section 2). Deadlines and `@RequireRecentLogin()` stay; both at once is `reauthenticate({ aal: 2 })`.
   * @throws as {@link reauthenticate}, and `SessionUsageError` for a level below the session's
   */
  async elevate(options: Options.ElevateOptions): Promise<void> {
    const session = await changeableSession('elevate()', options);
    requireAal('elevate()', options.aal);
    await session.perform((state) => elevate(state, options.aal));
  }

  /**
   * Lets the user act as another one for a while: a new token, an empty session of the other user, and the user's own one
   * kept for {@link stopImpersonating}. When the time is up the session ends. Check first that the user may, and gains no
   * rights by it.
   * @throws as {@link reauthenticate}, also for the same user
   */
  async impersonate(user: User, options: Options.ImpersonateOptions = {}): Promise<void> {
    const session = await changeableSession('impersonate()', options);
    const stored = storableUser('impersonate()', user, session.state.engine.options);
    const length = requireDuration('for', options.for ?? '30m');
    await session.perform((state) => impersonate(state, { user: stored, length, reason: options.reason }));
  }

  /** Ends an impersonation: a new token, and the actor's own session as it was. @returns false if there is none */
  async stopImpersonating(options: Options.SafeMethodOptions = {}): Promise<boolean> {
    return (await changeableSession('stopImpersonating()', options)).perform(stopImpersonating);
  }

  /**
   * Ties the session to the one at the identity provider, for `SessionRegistry.revokeByIdp()`. Call it after `login()`.
   * @throws as {@link reauthenticate}; `SessionUsageError` without `sid` and `sub`, or if the store has no index;
   * `SESSION_REAUTH_REQUIRED` (403) if the user was there longer ago than `maxAge`
   */
  async bindIdp(idp: IdpSessionOptions): Promise<void> {
    const checked = checkIdpSession(idp);
    await (await loadedSession('bindIdp()')).perform((state) => bindIdp(state, checked));
  }

  /** A new token for the same session, as after a change of rights. `req.session.regenerate()` empties the session. */
  async regenerate(): Promise<void> {
    await (await loadedSession('regenerate()')).rotate();
  }

  /** Saves now. Without it, changes are saved before the response leaves. */
  async save(): Promise<void> {
    await (await this.load()).save();
  }

  /** Reads the record again; unsaved changes are lost. */
  async reload(): Promise<void> {
    await (await this.load()).reload();
  }

  /**
   * Changes values atomically: the function gets the values as they are in the store, and runs again on fresh ones if
   * another request came in between. It must do nothing else, and must not be async. What it returns is returned.
   * @example
   * await this.sessions.update((session) => { session.visits = (session.visits ?? 0) + 1; });
   */
  async update<T>(change: (values: Partial<SessionData> & Record<string, unknown>) => T): Promise<T> {
    return (await loadedSession('update()')).update(change);
  }

  /**
   * Keeps a message for the next page, or gives the kept messages and forgets them: `session.flash`, as in connect-flash.
   * @param type such as `'info'` or `'error'`; without it, all are given by type
   * @example
   * await this.sessions.flash('info', 'Saved.');
   * const messages = await this.sessions.flash('info');   // ['Saved.']
   */
  async flash(type: string, message: string): Promise<void>;
  async flash(type: string): Promise<string[]>;
  async flash(): Promise<FlashMessages>;
  async flash(type?: string, message?: string): Promise<void | string[] | FlashMessages> {
    return flash(await loadedSession('flash()'), type, message);
  }

  /**
   * A random value that this session takes back once, such as the `state` of an OAuth request (ASVS V10.1.2). Of each key
   * the last ten are valid, so that several tabs can be under way.
   * @example
   * const state = await this.sessions.once('oauth', { data: { verifier } });
   */
  async once(key: string, { ttl = '10m', data }: Options.OnceOptions = {}): Promise<string> {
    const session = await loadedSession('once()');
    return issueOnce(session, key, requireDuration('ttl', ttl), data);
  }

  /**
   * Takes a value of {@link once} back. Of requests that bring the same one, however close together, one gets it; with
   * `sealedCookie({ revocation: 'none' })`, one in each process.
   * @param value what the browser sent: anything
   * @returns undefined unless it is valid; then `data` is what {@link once} was given
   * @example
   * const taken = await this.sessions.takeOnce('oauth', query.state);
   */
  async takeOnce(key: string, value: unknown): Promise<TakenOnce | undefined> {
    return takeOnce(await loadedSession('takeOnce()'), key, value);
  }
}
