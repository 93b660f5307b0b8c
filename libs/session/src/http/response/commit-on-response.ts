import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpException, type Logger } from '@nestjs/common';
import type { CookieAction } from '../../request/commit-decision.js';
import type { RequestSession } from '../../request/request-session.js';
import { commit, commitLate } from '../../request/session-commit.js';
import { announceRetry, toHttp } from '../http-errors.js';
import { hideFromExpressSession } from '../request/request-properties.js';
import { varyByCookie } from '../transport/session-cookie.js';
import type { ResponseHooks } from './response-hooks.js';

/** What the commits of all requests share. */
export interface CommitServices {
  readonly logger: Logger;
  /** Sets, clears or withholds the cookie. */
  applyCookie(req: IncomingMessage, res: ServerResponse, action: CookieAction): void;
}

/** Commits a request's session before its response is sent. */
export class CommitOnResponse implements ResponseHooks<CookieAction> {
  constructor(
    private readonly services: CommitServices,
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
    private readonly session: RequestSession,
    /** express-session runs too, and wraps the end of the response after this. */
    private readonly taken: boolean,
  ) {}

  commit(): CookieAction | Promise<CookieAction> {
    const { state } = this.session;
    // An exception filter has written the response for an outage.
    if (state.unavailable) announceRetry(this.res);
    // `delete req.session` means the same as `req.session = null`.
    state.detached ||= !Object.hasOwn(this.req, 'session');
    return commit(state);
  }

  committed(action: CookieAction): void {
    const { req, res, session } = this;
    if (action.type !== 'none' || action.copy) this.services.applyCookie(req, res, action);
    // The response of one user must not be cached for others, whatever code read the session: a guard, a page, a resolver.
    if (session.looked && !res.headersSent) {
      varyByCookie(res);
      if (!res.hasHeader('Cache-Control') && (session.guarded || session.responsible !== undefined))
        res.setHeader('Cache-Control', 'private, no-store');
    }
    if (this.taken) hideFromExpressSession(req);
  }

  end(): undefined | Promise<void> {
    const { state } = this.session;
    // See commit().
    state.detached ||= !Object.hasOwn(this.req, 'session');
    return commitLate(state);
  }

  /** Sends no cookie, and nothing of the application's response. */
  failed(error: unknown): string {
    const { res } = this;
    this.services.logger.error('A session could not be committed', stackOf(error));
    const seen = toHttp(error);
    const known = seen instanceof HttpException;
    res.statusCode = known ? seen.getStatus() : 500;
    announceRetry(res);
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    return JSON.stringify(known ? seen.getResponse() : { statusCode: 500, message: 'Internal server error' });
  }

  lost(error: unknown): void {
    this.services.logger.error('A change to a session was lost after its response had begun', stackOf(error));
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\nCaused by: ${stackOf(error.cause)}`;
}
