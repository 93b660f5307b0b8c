import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, Optional, type NestMiddleware } from '@nestjs/common';
import type { CookieAction } from '../engine/commit-decision.js';
import { RequestSession } from '../engine/request-session.js';
import { SessionEngine } from '../engine/session-engine.js';
import { clientFactsOf } from './client-facts.js';
import { NoSessionRoutes } from './no-session-routes.js';
import { bindRequest, requestContext, sessionOfRequest } from './request-context.js';
import { isSecure, pathMatches, targetOf, type HttpRequest } from './request-facts.js';
import { exposeSession } from './request-properties.js';
import { gateResponse } from './response-gate.js';
import { SessionCarrier } from './session-carrier.js';
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
  private readonly services: KeeperServices = {
    logger: this.logger,
    applyCookie: (req, res, action) => this.applyCookie(req, res, action),
  };
  private warnedInsecure = false;

  constructor(
    @Inject(SessionEngine) private readonly engine: SessionEngine,
    @Inject(SessionCarrier) private readonly carrier: SessionCarrier,
    @Optional() @Inject(NoSessionRoutes) private readonly noSession?: NoSessionRoutes,
  ) {}

  /** The middleware function, bound: hand it to `app.use()`. */
  readonly use = (req: HttpRequest, res: ServerResponse, next: Next): void => {
    const { options } = this.engine;
    const already = sessionOfRequest(req);
    if (already) return requestContext.run(already, next);
    const cookie = options.cookieFor?.(req) ?? options.cookie;
    const target = targetOf(req);
    if (!pathMatches(target, cookie.path)) return next();

    const { tokens, staleSignature, forged, copy } = this.carrier.read(req.headers.cookie);
    if (forged) this.engine.events.emit('invalid', { reason: 'signature' });
    const session = new RequestSession(this.engine, {
      req,
      tokens,
      copy,
      staleSignature,
      secure: isSecure(req, options.proxy),
      cookie,
      client: () => clientFactsOf(req, options.proxy),
    });
    bindRequest(req, session);
    exposeSession(req);
    gateResponse(res, new SessionKeeper(this.services, req, res, session));
    const later = options.lazy || this.noSession?.includes(req.method, target);
    if (session.isLoaded || later) return requestContext.run(session, next);
    void session.load().then(() => requestContext.run(session, next));
  };

  private applyCookie(req: HttpRequest, res: ServerResponse, action: CookieAction): void {
    const { cookie } = req.headers;
    if (action.type === 'set') this.carrier.write(res, cookie, action.token, action.cookie);
    else if (action.type === 'clear') this.carrier.clear(res, cookie, action.cookie);
    else if (action.type === 'withheld') this.warnInsecure(action.cause);
    if (action.copy) this.carrier.writeCopy(res, action.copy.value, action.copy.cookie);
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
