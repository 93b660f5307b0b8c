import { sessionOfRequest } from './request-context.js';

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

/** Whether express-session has given a request its session already. */
export const isTaken = (req: object): boolean => 'sessionStore' in req && 'session' in req;

/** Gives a raw request `session` and `sessionID`, as express-session does. */
export const exposeSession = (req: object): void => void Object.defineProperties(req, PROPERTIES);

/** Hides the session from express-session, so that it stores nothing and sets no cookie. */
export const hideFromExpressSession = (req: object): void =>
  void Object.defineProperty(req, 'sessionID', { configurable: true, writable: true, value: undefined });
