import type { SessionValues } from '../core/record.js';
import type { RequestSession } from '../request/request-session.js';
import { SessionException } from '../http/http-errors.js';
import { SessionGoneError } from '../errors/session-state.errors.js';

/**
 * Changes values of a session by a function that may run more than once: atomically where a store keeps them, else in
 * the session of this request, which goes out with the response.
 * @returns what the function returned
 */
export function changeValues<T>(session: RequestSession, change: (values: SessionValues) => T): Promise<T> {
  return session.view(({ engine }) => engine.recordInCookie)
    ? Promise.resolve(change(valuesOf(session)))
    : session.update(change);
}

/** The values as this request has them. @throws `SESSION_GONE` if there is no session any more */
export function valuesOf(session: RequestSession): SessionValues {
  const live = session.session;
  if (!live) throw new SessionException(new SessionGoneError());
  return live as unknown as SessionValues;
}
