import { Injectable } from '@nestjs/common';
import type { SessionData } from 'express-session';
import type { SessionObject } from '../request/live-session.js';
import type { RequestSession, SessionInfo, SessionRemaining } from '../request/request-session.js';
import { userIdOf } from '../core/user-id.js';
import { SessionException } from '../http/http-errors.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import type { Duration } from '../options/duration.js';
import type { SessionUser } from '../core/session-user.js';
import type { AssuranceLevel } from '../core/session-facts.js';
import { completeLogin } from '../assurance/pending-login.js';
import { login } from '../request/login.js';
import { versionFact } from '../assurance/auth-version.js';
import { adviseOnUser } from './login-advice.js';
import { askedDeadlines } from './login-deadlines.js';
import { requireUser, type SafeMethodOptions } from './session-access.js';
import { requireAal, SessionAssurance } from './session-assurance.js';

/** Options of {@link SessionService.login}. */
export interface LoginOptions extends SafeMethodOptions {
  /**
   * Keys of the anonymous session that the user's session begins with.
   * @default none: what an anonymous visitor left behind is dropped
   */
  keep?: readonly string[];
  /**
   * Keeps the cookie when the browser closes, and the session for this long, in place of both timeouts; or with one of
   * its own for each.
   * @default undefined: the cookie ends with the browser
   * @example
   * { remember: { idle: '7d', absolute: '30d' } }
   */
  remember?: Duration | { readonly idle: Duration; readonly absolute: Duration } | undefined;
  /**
   * Ends this session when it is not used for this long. Not beside `remember`.
   * @default the module's, or what its `timeouts` gives the user
   */
  idleTimeout?: Duration | undefined;
  /**
   * Ends this session this long after now. Not beside `remember`.
   * @default the module's, or what its `timeouts` gives the user
   */
  absoluteTimeout?: Duration | undefined;
  /**
   * The authenticator assurance level of this login (NIST SP 800-63B-4, section 2): what `@RequireAal()` goes by.
   * @default 1
   */
  aal?: AssuranceLevel;
  /** What the module option `authVersion` gives for the user, where you have it at hand. @default it is asked */
  authVersion?: string | number;
}

/**
 * The session of the request under way. A singleton: inject it anywhere; it finds the request by itself.
 *
 * Every method throws `SessionContextError` outside a request, and `SESSION_STORE_UNAVAILABLE` (503) when the store
 * is out of order.
 *
 * @example
 * constructor(private readonly sessions: SessionService) {}
 *
 * @Post('login')
 * async login(@Body() body: LoginDto) {
 *   const user = await this.users.verify(body);
 *   await this.sessions.login({ id: user.id, roles: user.roles }, { keep: ['cart'] });
 *   return { user };
 * }
 */
@Injectable()
export class SessionService<User extends SessionUser = SessionUser> extends SessionAssurance<User> {
  /**
   * What `req.session` is. Change its properties; they are saved before the response leaves.
   * @throws `SESSION_GONE` after `destroy()`
   */
  get current(): SessionObject {
    const { session } = this.request('current');
    if (!session) throw new SessionException(new SessionGoneError());
    return session as unknown as SessionObject;
  }

  /** Who is logged in, or undefined. */
  get user(): User | undefined {
    const { session } = this.request('user');
    const data = session && { user: (session as unknown as SessionObject).user };
    return userIdOf(data) === undefined ? undefined : (data?.user as unknown as User);
  }

  /** Public facts about the session: handle, times, deadline. Never its id. */
  get info(): SessionInfo {
    return this.request('info').info();
  }

  /**
   * How long the session still lasts, without making it last longer by itself; undefined if nothing is stored. On a
   * route that only asks for this, `@NoRenew()` keeps the request from counting as use.
   */
  async remaining(): Promise<SessionRemaining | undefined> {
    return (await this.loaded('remaining()')).remaining();
  }

  /**
   * Pushes the idle deadline on now, also on a `@NoRenew()` route: "stay signed in". The absolute one stays.
   * @returns how long the session lasts now; undefined if nothing is stored
   * @throws `SESSION_GONE` if the session has ended meanwhile
   */
  async extend(): Promise<SessionRemaining | undefined> {
    const session = await this.loaded('extend()');
    await session.extend();
    return session.remaining();
  }

  /** Reads the session if the module runs with `lazy: true` or the route is `@NoSession()`. */
  async load(): Promise<SessionObject> {
    await this.request('load()').load();
    return this.current;
  }

  /**
   * Logs a user in: a new id, the old one dead, both deadlines anew, and all of it saved when this resolves. Call it
   * after you have checked who the user is, also when somebody is logged in already (ASVS V7.2.4, session fixation).
   * @param user what to keep of the user: JSON, with an `id`
   * @throws `SessionUsageError` on a GET request, after the response has begun, over http with a Secure cookie, or with
   * timeouts that contradict each other or the module's `preset`
   */
  async login(user: User, options: LoginOptions = {}): Promise<void> {
    const session = await this.loadedForChange('login()', options);
    requireUser(user, 'login()');
    adviseOnUser(user);
    const request = loginRequest('login()', options, session);
    await session.perform(async (state) => {
      const version = await versionFact(state.engine, user, options.authVersion);
      await login(state, { ...request, user, facts: { ...request.facts, ...version } });
    });
  }

  /**
   * Logs in who {@link beginLogin} was called for, now that he has shown his second factor. Of requests that come
   * together, one does.
   * @param options as {@link login} has them; `aal` is 2 by default
   * @returns who is logged in
   * @throws `SESSION_LOGIN_NOT_PENDING` (401) if nobody is about to log in, took too long, or has changed his
   * password meanwhile; `SESSION_GONE` (401) if another request was first
   */
  async completeLogin(options: Omit<LoginOptions, 'authVersion'> = {}): Promise<User> {
    const session = await this.loadedForChange('completeLogin()', options);
    const request = loginRequest('completeLogin()', { ...options, aal: options.aal ?? 2 }, session);
    // What the application gave beginLogin().
    return (await session.perform((state) => completeLogin(state, request))) as User;
  }

  /** Ends the session, in the store first and then in the browser. An empty one takes its place in this request. */
  async logout(): Promise<void> {
    await (await this.loaded('logout()')).logout();
  }

  /** Ends the session. `req.session` is undefined for the rest of the request. */
  async destroy(): Promise<void> {
    await this.load();
    await this.current.destroy();
  }

  /**
   * Gives the session a new id and keeps its values and deadlines: for a change of roles or rights.
   * (`req.session.regenerate()` empties the session, as in express-session.)
   */
  async regenerate(): Promise<void> {
    await (await this.loaded('regenerate()')).rotate();
  }

  /** Saves now. Without it, changes are saved before the response leaves. */
  async save(): Promise<void> {
    await this.load();
    await this.current.save();
  }

  /** Reads the record again; unsaved changes are lost. */
  async reload(): Promise<void> {
    await this.load();
    await this.current.reload();
  }

  /**
   * Changes values atomically: the function gets the values as they are in the store, and runs again on fresh ones if
   * another request came in between. So it must do nothing else, and must not be async.
   * @returns what the function returned
   *
   * @example
   * await this.sessions.update((session) => { session.visits = (session.visits ?? 0) + 1; });
   */
  async update<T>(change: (values: Partial<SessionData> & Record<string, unknown>) => T): Promise<T> {
    return (await this.loaded('update()')).update(change);
  }
}

function loginRequest(what: string, options: LoginOptions, { options: module }: RequestSession) {
  const { keep = [], aal } = options;
  if (aal !== undefined) requireAal(what, aal);
  const facts = aal === undefined ? {} : { aal };
  return { keep, deadlines: askedDeadlines(options, module), facts };
}
