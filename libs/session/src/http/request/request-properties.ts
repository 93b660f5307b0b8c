import type { RequestSession } from '../../request/request-session.js';
import { KEY, sessionOfRequest } from './request-context.js';

// Shared by all requests: the session is found through the request itself.
const PROPERTIES: PropertyDescriptorMap = {
  session: {
    configurable: true,
    get(this: object): unknown {
      return sessionOfRequest(this)?.session;
    },
    set(this: object, value: unknown): void {
      const session = sessionOfRequest(this);
      if (value === null || value === undefined) session?.detach();
      else if (value !== session?.session)
        throw new TypeError('req.session can be set to null only. Change its properties instead.');
    },
  },
  sessionID: {
    configurable: true,
    get(this: object): unknown {
      return sessionOfRequest(this)?.sessionId;
    },
    set(this: object, value: unknown): void {
      const session = sessionOfRequest(this);
      if (typeof value !== 'string') session?.disown();
      else if (value !== session?.sessionId)
        throw new TypeError('req.sessionID is read-only. Call req.session.regenerate() for a new id.');
    },
  },
};

/**
 * Ties a session to its raw request, and gives that `session` and `sessionID`, as express-session does.
 * @returns whether express-session has given it a session already
 */
export function attachSession(req: object, session: RequestSession): boolean {
  const taken = 'sessionStore' in req && 'session' in req;
  Object.defineProperty(req, KEY, { value: session });
  Object.defineProperties(req, PROPERTIES);
  return taken;
}

/** Hides the session from express-session, so that it stores nothing and sets no cookie. */
export const hideFromExpressSession = (req: object): void =>
  void Object.defineProperty(req, 'sessionID', { configurable: true, writable: true, value: undefined });
