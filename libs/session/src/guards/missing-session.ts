import { Logger, type ExecutionContext } from '@nestjs/common';

const logger = new Logger('Session');
/** What was logged already, so that a client cannot fill the log. */
const said = new Set<string>();

/**
 * Logs once why a guard refused a request that has no session.
 * @param guard the name of the guard
 */
export function logMissingSession(guard: string, context: ExecutionContext): void {
  const type = context.getType<string>();
  if (said.has(`${guard}:${type}`)) return;
  said.add(`${guard}:${type}`);
  logger.error(`${guard} refused ${reasonIn(type)} This is logged once.`);
}

const reasonIn = (type: string): string =>
  type === 'http' || type === 'graphql'
    ? 'a request because the session middleware did not run for it. Import SessionModule.forRoot() in the root module. ' +
      "If it is there: cookie.path does not cover this route, or the GraphQL context has no 'req'."
    : `a message because a '${type}' context has no request of its own. Extend the guard and override getRequest() to give ` +
      'the request that the connection began with, or leave the guard off such handlers.';
