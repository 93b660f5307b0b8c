import { Injectable } from '@nestjs/common';
import type { SessionData } from 'express-session';
import type { SessionObject } from '../engine/live-session.js';
import type { RequestSession, SessionInfo } from '../engine/request-session.js';
import { userIdOf } from '../core/user-id.js';
import { SessionContextError } from '../errors/session-context.error.js';
import { SessionGoneException } from '../errors/session-gone.exception.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { requestContext } from '../http/request-context.js';
import { parseDuration, type Duration } from '../options/duration.js';
import type { SessionUser } from '../engine/session-user.js';

/** Options of {@link SessionService.login}. */
export interface LoginOptions {
  /**
   * Keys of the anonymous session that the user's session begins with.
   * @default none: what an anonymous visitor left behind is dropped
   */
  keep?: readonly string[];
  /**
   * Keeps the cookie when the browser closes, and the session for this long, in place of both timeouts.
   * @default undefined: the cookie ends with the browser
   */
  remember?: Duration | undefined;
  /**
   * Allows GET and HEAD, for a protocol that returns from the identity provider by a redirect. Check its `state` first.
   * @default false
   */
  allowSafeMethod?: boolean;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * The session of the request under way. A singleton: inject it anywhere; it finds the request by itself.
 *
 * Every method throws `SessionContextError` outside a request, and `SessionUnavailableException` (503) when the store
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
export class SessionService<User extends SessionUser = SessionUser> {
  /**
   * What `req.session` is. Change its properties; they are saved before the response leaves.
   * @throws `SessionGoneException` after `destroy()`
   */
  get current(): SessionObject {
    const { session } = this.request('current');
    if (!session) throw new SessionGoneException();
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

  /** Reads the session if the module runs with `lazy: true` or the route is `@NoSession()`. */
  async load(): Promise<SessionObject> {
    await this.request('load()').load();
    return this.current;
  }

  /**
   * Logs a user in: a new id, the old one dead, both deadlines anew, and all of it saved when this resolves. Call it
   * after you have checked who the user is, also when somebody is logged in already (ASVS V7.2.4, session fixation).
   * @param user what to keep of the user: JSON, with an `id`
   * @throws `SessionUsageError` on a GET request, after the response has begun, or over http with a Secure cookie
   */
  async login(user: User, options: LoginOptions = {}): Promise<void> {
    const session = await this.loaded('login()');
    const { method } = session;
    if (!options.allowSafeMethod && SAFE_METHODS.has(method)) throw SessionUsageError.safeMethod(method);
    if (userIdOf({ user }) === undefined) throw SessionUsageError.userWithoutId(user);
    const remember = options.remember === undefined ? undefined : parseDuration(options.remember);
    if (options.remember !== undefined && remember === undefined)
      throw SessionUsageError.badDuration('remember', options.remember);
    await session.login({ user, keep: options.keep ?? [], remember });
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

  private async loaded(what: string): Promise<RequestSession> {
    const session = this.request(what);
    await session.load();
    return session;
  }

  private request(what: string): RequestSession {
    const session = requestContext.getStore();
    if (!session) throw SessionContextError.outsideRequest(`SessionService.${what}`);
    return session;
  }
}
