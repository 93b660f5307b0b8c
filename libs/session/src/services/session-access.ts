import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import type { RequestSession } from '../request/request-session.js';
import { SessionContextError } from '../errors/session-context.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { requestContext } from '../http/request/request-context.js';
import { parseDuration, type Duration } from '../options/duration.js';

/** Allows a change of who is logged in on a GET request. */
export interface SafeMethodOptions {
  /**
   * Allows GET and HEAD, for a protocol that returns from the identity provider by a redirect. Check its `state` first.
   * @default false
   */
  allowSafeMethod?: boolean;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** How services get at the session of the request under way. */
export abstract class SessionAccess {
  protected request(what: string): RequestSession {
    const session = requestContext.getStore();
    if (!session) throw SessionContextError.outsideRequest(`SessionService.${what}`);
    session.looked = true;
    return session;
  }

  protected async loaded(what: string): Promise<RequestSession> {
    const session = this.request(what);
    await session.load();
    return session;
  }

  /** As {@link loaded}, for what another site must not be able to cause by a link. @throws `SessionUsageError` */
  protected async loadedForChange(what: string, { allowSafeMethod }: SafeMethodOptions): Promise<RequestSession> {
    const session = await this.loaded(what);
    if (!allowSafeMethod && SAFE_METHODS.has(session.method)) throw SessionUsageError.safeMethod(session.method, what);
    return session;
  }
}

/** @throws `SessionUsageError` if it is no user */
export function requireUser(user: SessionUser, what: string): void {
  if (userIdOf({ user }) === undefined) throw SessionUsageError.userWithoutId(user, what);
}

/** Milliseconds. @throws `SessionUsageError` if it is no duration */
export function requireDuration(name: string, value: Duration): number {
  const length = parseDuration(value);
  if (length === undefined) throw SessionUsageError.badDuration(name, value);
  return length;
}
