import type { IncomingMessage, ServerResponse } from 'node:http';
import { SessionEvents } from '../events/session-events.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { createTransport, createEngine } from '../http/session-backend.js';
import { SessionMiddleware } from '../http/session.middleware.js';
import type { ExpressSessionOptions } from './express-session-options.js';
import { resolveExpressOptions } from './resolve-express-options.js';

/** A middleware function of Express or Connect. */
export type SessionRequestHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

type SessionRequest = IncomingMessage & { session?: unknown; sessionStore?: unknown };

/**
 * A middleware with express-session's own signature, options and defaults, for Express and Connect applications
 * without Nest: put it where `session()` of express-session was. Sessions are committed before the response leaves, so
 * what is not saved is never answered as if it was.
 *
 * @example
 * app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false, store }));
 * @throws `SessionConfigError` with every problem of the options at once
 */
export function session(given: ExpressSessionOptions): SessionRequestHandler {
  const { options, given: store } = resolveExpressOptions(given);
  const middleware = new SessionMiddleware({
    engine: createEngine(options, new SessionEvents(options.clock)),
    transport: createTransport(options),
  });
  // Stores begin a new session by it, after they have destroyed the one of a request: `store.regenerate(req, callback)`.
  if ('get' in store) shareGenerate(store);

  return (req: SessionRequest, res, next) => {
    // Somebody else's session stays.
    if (!sessionOfRequest(req) && req.session) return next();
    middleware.use(req, res, (error) => {
      if (sessionOfRequest(req)) req.sessionStore ??= store;
      next(error);
    });
  };
}

type Generate = (req: unknown) => void;

/**
 * Lets the store begin sessions of ours for our requests. For those of express-session on the same store object, which
 * an application has while it moves router by router, it goes on doing what express-session has told it.
 */
function shareGenerate(store: object): void {
  let theirs = (store as { generate?: Generate }).generate;
  const generate: Generate = (req) => {
    const ours = sessionOfRequest(req);
    if (ours) ours.startOver();
    else theirs?.call(store, req);
  };
  // express-session sets its own when its middleware is made, before or after ours.
  Object.defineProperty(store, 'generate', {
    configurable: true,
    enumerable: true,
    get: () => generate,
    set(given: Generate) {
      if (given !== generate) theirs = given;
    },
  });
}
