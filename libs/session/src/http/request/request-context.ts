import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestSession } from '../../request/request-session.js';

/** The request's session for all code that runs for the request. */
export const requestContext = new AsyncLocalStorage<RequestSession>();

/** The session of the request under way; undefined in what goes on after it. */
export function requestUnderWay(): RequestSession | undefined {
  const session = requestContext.getStore();
  return session?.isOver ? undefined : session;
}

/** Where a raw request has its session. */
export const KEY: unique symbol = Symbol.for('nest-session:request');

/** A request, or what a platform holds it in. */
type Bound = { readonly [KEY]?: RequestSession; readonly raw?: unknown };

/** The session of a request: Node's own one, or a platform's that holds it as `raw` (Fastify). */
export function sessionOfRequest(req: unknown): RequestSession | undefined {
  if (typeof req !== 'object' || req === null) return undefined;
  const { [KEY]: own, raw }: Bound = req;
  // Only one level: over RPC this object is data from a client.
  return own ?? (typeof raw === 'object' && raw !== null ? (raw as Bound)[KEY] : undefined);
}
