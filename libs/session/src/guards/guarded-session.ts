import { Logger, type ExecutionContext } from '@nestjs/common';
import type { RequestSession } from '../request/request-session.js';
import { sessionOfRequest } from '../http/request/request-context.js';
import { rawHttp } from './raw-http.js';

const logger = new Logger('Session');
/** What was logged already, so that a client cannot fill the log. */
const said = new Set<string>();

/**
 * The session of a guarded request. Without one the guard refuses, and logs the reason once.
 * @param guard the name of the guard
 */
export function guardedSession(guard: string, request: unknown, context: ExecutionContext): RequestSession | undefined {
  const session = sessionOfRequest(request);
  const type = context.getType<string>();
  if (!session && !said.has(`${guard}:${type}`)) {
    said.add(`${guard}:${type}`);
    logger.error(`${guard} refused ${reasonIn(type)} This is logged once.`);
  }
  return session;
}

const reasonIn = (type: string): string =>
  type === 'http' || type === 'graphql'
    ? 'a request because the session middleware did not run for it. Import SessionModule.forRoot() in the root module. ' +
      "If it is there: cookie.path does not cover this route, or the GraphQL context has no 'req'."
    : `a message because a '${type}' context has no request of its own. Extend the guard and override getRequest() to give ` +
      'the request that the connection began with, or leave the guard off such handlers.';

/**
 * Keeps a response for some users only out of caches, including that of the Back button (ASVS V14.3.2). The commit sets
 * `Vary` wherever the session was read.
 */
export function keepOutOfCaches(request: unknown, context: ExecutionContext): void {
  const { res } = rawHttp(request, context);
  if (!res || res.headersSent) return;
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private, no-store');
}
