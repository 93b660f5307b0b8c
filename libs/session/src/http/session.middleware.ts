import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, Optional, type NestMiddleware } from '@nestjs/common';
import type { CookieAction } from '../engine/commit-decision.js';
import { RequestSession } from '../engine/request-session.js';
import { ServerEngine } from '../engine/server.engine.js';
import { CookieSignature } from './cookie-signature.js';
import { NoSessionRoutes } from './no-session-routes.js';
import { bindRequest, requestContext, sessionOfRequest } from './request-context.js';
import { isSecure, pathMatches, targetOf, type HttpRequest } from './request-facts.js';
import { exposeSession } from './request-properties.js';
import { gateResponse } from './response-gate.js';
import { clearSessionCookie, readSessionCookie, writeSessionCookie } from './session-cookie.js';
import { SessionKeeper, type KeeperServices } from './session-keeper.js';

type Next = (error?: unknown) => void;

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
  private readonly services: KeeperServices = {
    logger: this.logger,
    applyCookie: (res, action) => this.applyCookie(res, action),
  };
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
    const target = targetOf(req);
    if (!pathMatches(target, cookie.path)) return next();

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
    exposeSession(req);
    gateResponse(res, new SessionKeeper(this.services, req, res, session));
    const later = options.lazy || this.noSession?.includes(req.method, target);
    if (session.isLoaded || later) return requestContext.run(session, next);
    void session.load().then(() => requestContext.run(session, next));
  };

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
}
