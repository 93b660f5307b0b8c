import { SessionContextError } from '../errors/session-context.error.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { SessionException } from '../http/http-errors.js';
import { requestContext } from '../http/request/request-context.js';
import type { SessionObject } from '../request/live-session.js';
import type { RequestSession } from '../request/request-session.js';
import type { SafeMethodOptions } from './session-service-options.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * The session of the request under way.
 * @param what the method that asks, for the message
 * @throws `SessionContextError` outside of a request
 */
export function requestSession(what: string): RequestSession {
  const session = requestContext.getStore();
  if (!session) throw SessionContextError.outsideRequest(`SessionService.${what}`);
  if (session.isOver) throw SessionContextError.requestOver(`SessionService.${what}`);
  session.looked = true;
  return session;
}

/** As {@link requestSession}, once it is read from the store. */
export async function loadedSession(what: string): Promise<RequestSession> {
  const session = requestSession(what);
  await session.load();
  return session;
}

/** As {@link loadedSession}, for what tells of the session itself: what could not be read is not the same as nothing. */
export async function knownSession(what: string): Promise<RequestSession> {
  const session = await loadedSession(what);
  if (session.state.unavailable) {
    // Throws what went wrong, unless the policy puts an empty session in its place.
    void session.session;
    throw unreadable();
  }
  return session;
}

/** As {@link loadedSession}, for what another site must not be able to cause by a link. @throws `SessionUsageError` */
export async function changeableSession(what: string, { allowSafeMethod }: SafeMethodOptions): Promise<RequestSession> {
  const session = await loadedSession(what);
  const { method = 'GET' } = session.state.facts.req;
  if (!allowSafeMethod && SAFE_METHODS.has(method)) throw SessionUsageError.safeMethod(method, what);
  return session;
}

/** What `req.session` is. @throws `SESSION_GONE` after `destroy()` */
export function liveSession({ session }: RequestSession): SessionObject {
  if (!session) throw new SessionException(new SessionGoneError());
  return session as unknown as SessionObject;
}

/** The session of a request is there, and could not be read. */
export const unreadable = (): SessionException =>
  new SessionException(new SessionStoreError('The session of the request could not be read.'));
