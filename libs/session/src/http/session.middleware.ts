import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { Cookie } from 'express-session';
import { Inject, Injectable, Logger, type NestMiddleware } from '@nestjs/common';
import { requireCurrentVersion } from '../assurance/auth-version.js';
import type { CookieAction } from '../request/commit-decision.js';
import { RequestSession } from '../request/request-session.js';
import type { SessionEngine } from '../engine/session-engine.js';
import { toHttp } from './http-errors.js';
import { addressOf, clientFactsOf } from './request/client-facts.js';
import type { NoSessionRoutes } from './request/no-session-routes.js';
import { requestContext, sessionOfRequest } from './request/request-context.js';
import { isSecure, pathMatches, targetOf, type HttpRequest } from './request/request-facts.js';
import { attachSession } from './request/request-properties.js';
import { gateResponse } from './response/response-gate.js';
import { SESSION_RUNTIME, type MiddlewareRuntime } from './session-runtime.js';
import type { SessionTransport } from './transport/session-transport.js';
import { CommitOnResponse, type CommitServices } from './response/commit-on-response.js';

type Next = (error?: unknown) => void;

/**
 * Gives every request its session, and commits it before the response leaves. `SessionModule` mounts it for every
 * route; mount it earlier where other middleware needs the session. Running twice on one request is harmless.
 *
 * @example
 * const app = await NestFactory.create(AppModule);
 * app.use(app.get(SessionMiddleware).use);
 * app.use(flash());
 */
@Injectable()
export class SessionMiddleware implements NestMiddleware {
  private readonly logger = new Logger('Session');
  private readonly services: CommitServices = {
    logger: this.logger,
    applyCookie: (req, res, action) => this.applyCookie(req, res, action),
  };
  /** The request whose cookie is being read, for events about it. */
  private readonly sources = new AsyncLocalStorage<HttpRequest>();
  private warnedInsecure = false;
  private warnedTaken = false;

  private readonly engine: SessionEngine;
  private readonly transport: SessionTransport;
  private readonly noSession: NoSessionRoutes | undefined;
  private readonly outlivesResponse: boolean;

  constructor(@Inject(SESSION_RUNTIME) { engine, transport, noSession, outlivesResponse = false }: MiddlewareRuntime) {
    this.engine = engine;
    this.transport = transport;
    this.noSession = noSession;
    this.outlivesResponse = outlivesResponse;
    engine.events.locateBy(() => {
      const req = this.sources.getStore();
      const ip = req && addressOf(req, engine.options);
      return ip === undefined ? undefined : { ip };
    });
  }

  /** The middleware function, bound: pass it to `app.use()`. */
  readonly use = (req: HttpRequest, res: ServerResponse, next: Next): void => {
    const { options } = this.engine;
    const already = sessionOfRequest(req);
    if (already) return requestContext.run(already, next);
    const cookie = options.cookieFor?.(req) ?? options.cookie;
    if (!pathMatches(req, cookie.path)) return next();

    const secure = isSecure(req, options.proxy);
    const { tokens, staleSignature, forged, copy } = this.transport.read(req.headers.cookie);
    if (forged) this.sources.run(req, () => this.engine.events.emit('invalid', { reason: 'signature' }));
    const session = new RequestSession(
      this.engine,
      {
        req,
        tokens,
        copy,
        staleSignature,
        secure,
        cookie,
        client: () => clientFactsOf(req, options),
      },
      options.authVersion && requireCurrentVersion,
      toHttp,
    );
    const taken = attachSession(req, session);
    if (taken) this.warnTaken();
    const gate = gateResponse(res, new CommitOnResponse(this.services, req, res, session, taken));
    if (!this.outlivesResponse) session.response = gate;
    const later = options.lazy || (this.noSession?.any && this.noSession.includes(req.method, targetOf(req)));
    if (session.state.loaded || later) return requestContext.run(session, next);
    const loading = this.engine.events.hasListeners('invalid')
      ? this.sources.run(req, () => session.load())
      : session.load();
    void loading.then(() => requestContext.run(session, next));
  };

  private applyCookie(req: HttpRequest, res: ServerResponse, action: CookieAction): void {
    const { cookie } = req.headers;
    if ('cookie' in action) this.keepFirm(action.cookie);
    else if (action.copy) this.keepFirm(action.copy.cookie);
    if (action.type === 'set') this.transport.write(res, cookie, action.token, action.cookie);
    else if (action.type === 'clear') this.transport.clear(res, cookie, action.cookie);
    else if (action.type === 'withheld') this.warnInsecure(action.cause);
    if (action.copy) this.transport.writeCopy(res, action.copy.value, action.copy.cookie);
  }

  /** HttpOnly and Secure cannot be removed by `session.cookie`. */
  private keepFirm(cookie: Cookie): void {
    const { firm, cookie: policy } = this.engine.options;
    if (!firm) return;
    cookie.httpOnly = true;
    if (policy.secure === true && cookie.secure !== true) cookie.secure = true;
  }

  private warnTaken(): void {
    if (this.warnedTaken) return;
    this.warnedTaken = true;
    this.logger.warn(
      'express-session runs before SessionModule, as app.use(session(...)) in main.ts does. It is put out of action, and ' +
        'req.session is of SessionModule. Remove express-session, and carry its options over: docs/migration.md.',
    );
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
