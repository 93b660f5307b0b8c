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
 * A middleware with the signature, options and defaults of express-session, for Express and Connect applications without
 * Nest: it replaces `session()` of express-session. Sessions are committed before the response is sent, so no response
 * claims that something was saved that was not.
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
    outlivesResponse: true,
  });
  // Stores call it to begin a new session after they have destroyed that of a request: `store.regenerate(req, callback)`.
  if ('get' in store) shareGenerate(store);

  return (req: SessionRequest, res, next) => {
    // A session of another middleware stays.
    if (!sessionOfRequest(req) && req.session) return next();
    middleware.use(req, res, (error) => {
      if (sessionOfRequest(req)) req.sessionStore ??= store;
      next(error);
    });
  };
}

type Generate = (req: unknown) => void;

/**
 * Makes `generate()` of the store begin sessions of this library for its own requests. For requests of express-session on
 * the same store object, during a migration router by router, it does the same as before.
 */
function shareGenerate(store: object): void {
  let theirs = (store as { generate?: Generate }).generate;
  const generate: Generate = (req) => {
    const ours = sessionOfRequest(req);
    if (ours) ours.startOver();
    else theirs?.call(store, req);
  };
  // express-session sets its own function when its middleware is created, before or after this.
  Object.defineProperty(store, 'generate', {
    configurable: true,
    enumerable: true,
    get: () => generate,
    set(given: Generate) {
      if (given !== generate) theirs = given;
    },
  });
}
