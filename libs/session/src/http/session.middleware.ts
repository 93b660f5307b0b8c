import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpException, Inject, Injectable, Logger, Optional, type NestMiddleware } from '@nestjs/common';
import type { CookieAction } from '../engine/commit-decision.js';
import { LiveSession } from '../engine/live-session.js';
import { RequestSession } from '../engine/request-session.js';
import { ServerEngine } from '../engine/server.engine.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import { CookieSignature } from './cookie-signature.js';
import { NoSessionRoutes } from './no-session-routes.js';
import { bindRequest, requestContext, sessionOfRequest } from './request-context.js';
import { gateResponse, type GateKeeper } from './response-gate.js';
import { clearSessionCookie, readSessionCookie, writeSessionCookie } from './session-cookie.js';

type Next = (error?: unknown) => void;
type HttpRequest = IncomingMessage & { originalUrl?: string; secure?: boolean };

/**
 * Gives every request its session, and commits it before the response leaves. `SessionModule` mounts it for every
 * route; mount it earlier where other middleware needs the session. Running twice on one request is harmless.
 *
 * @example
 * const app = await NestFactory.create(AppModule);
 * app.use(app.get(SessionMiddleware).use);
 * app.use(passport.session());
 */
@Injectable()
export class SessionMiddleware implements NestMiddleware {
  private readonly logger = new Logger('Session');
  private readonly signature: CookieSignature;
  private warnedInsecure = false;

  constructor(
    @Inject(ServerEngine) private readonly engine: ServerEngine,
    @Optional() @Inject(NoSessionRoutes) private readonly noSession?: NoSessionRoutes,
  ) {
    this.signature = new CookieSignature(engine.options.secrets);
  }

  /** The middleware function, bound: hand it to `app.use()`. */
  readonly use = (req: HttpRequest, res: ServerResponse, next: Next): void => {
    const { options } = this.engine;
    const already = sessionOfRequest(req);
    if (already) return requestContext.run(already, next);
    const cookie = options.cookieFor?.(req) ?? options.cookie;
    if (!pathMatches(req.originalUrl ?? req.url ?? '/', cookie.path)) return next();

    const { verified, forged } = readSessionCookie(req.headers.cookie, options.name, this.signature);
    if (forged) this.engine.events.emit('invalid', { reason: 'signature' });
    const session = new RequestSession(this.engine, {
      req,
      ids: verified.map(({ id }) => id),
      staleSignature: verified.some(({ stale }) => stale),
      secure: isSecure(req, options.proxy),
      cookie,
    });
    bindRequest(req, session);
    exposeSession(req, session);
    gateResponse(res, this.keeper(req, res, session));
    const later = options.lazy || this.noSession?.includes(req.method, req.originalUrl ?? req.url ?? '/');
    if (session.isLoaded || later) return requestContext.run(session, next);
    void session.load().then(() => requestContext.run(session, next));
  };

  private keeper(req: HttpRequest, res: ServerResponse, session: RequestSession): GateKeeper<CookieAction> {
    return {
      commit: () => {
        // An exception filter has shaped the answer to a store that is out of order.
        if (res.statusCode === 503 && session.unavailable)
          res.setHeader('Retry-After', SessionUnavailableException.RETRY_AFTER);
        if (!Object.hasOwn(req, 'session')) session.detach();
        const action = session.commit();
        session.headersSent = true;
        return action;
      },
      committed: (action) => this.applyCookie(res, action),
      end: () => session.commitLate(),
      failed: (error) => this.answer(res, error),
      lost: (error) => this.logger.error('A change to a session was lost after its response had begun', stackOf(error)),
    };
  }

  private applyCookie(res: ServerResponse, action: CookieAction): void {
    const { name, clock } = this.engine.options;
    if (action.type === 'set')
      writeSessionCookie(res, name, this.signature.sign(action.id), action.cookie, clock.now());
    else if (action.type === 'clear') clearSessionCookie(res, name, action.cookie);
    else if (action.type === 'withheld') this.warnInsecure(action.cause);
  }

  private warnInsecure(cause: string): void {
    if (this.warnedInsecure) return;
    this.warnedInsecure = true;
    this.logger.warn(
      `A session was not saved and its cookie not sent: the cookie is Secure and the request did not come over https (${cause}). ` +
        "Behind a proxy that ends TLS: app.set('trust proxy', 1) on Express, or proxy: true in the options of SessionModule.",
    );
  }

  /** The answer when the commit failed: no cookie, and nothing of what the application had answered. */
  private answer(res: ServerResponse, error: unknown): string {
    const known = error instanceof HttpException;
    this.logger.error('A session could not be committed', stackOf(known ? (error.cause ?? error) : error));
    res.statusCode = known ? error.getStatus() : 500;
    if (error instanceof SessionUnavailableException)
      res.setHeader('Retry-After', SessionUnavailableException.RETRY_AFTER);
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    return JSON.stringify(known ? error.getResponse() : { statusCode: 500, message: 'Internal server error' });
  }
}

function exposeSession(req: HttpRequest, session: RequestSession): void {
  Object.defineProperty(req, 'session', {
    configurable: true,
    get: () => session.session,
    set: (value: unknown) => {
      if (value === null || value === undefined) session.detach();
      else if (!(value instanceof LiveSession))
        throw new TypeError('req.session can be set to null only. Change its properties instead.');
    },
  });
  Object.defineProperty(req, 'sessionID', {
    configurable: true,
    get: () => session.sessionId,
    set: (value: unknown) => {
      if (typeof value !== 'string') session.disown();
      else if (value !== session.sessionId)
        throw new TypeError('req.sessionID is read-only. Call req.session.regenerate() for a new id.');
    },
  });
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Whether a cookie of this path belongs to the request (RFC 6265bis, section 5.1.4). */
function pathMatches(url: string, path: string): boolean {
  if (path === '/') return true;
  const end = url.search(/[?#]/);
  const pathname = end === -1 ? url : url.slice(0, end);
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'));
}

function isSecure(req: HttpRequest, proxy: boolean | undefined): boolean {
  if ('encrypted' in req.socket && req.socket.encrypted === true) return true;
  if (proxy === undefined) return req.secure === true;
  const [proto] = String(req.headers['x-forwarded-proto'] ?? '').split(',', 1);
  return proxy && proto?.trim().toLowerCase() === 'https';
}
