import { SessionGoneError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { RequestState } from './request-state.js';

/** Why a request's session cannot be stored. */
export type Refusal = 'rotated' | 'read-only' | 'insecure';

/** Why a new session cannot be stored, if it cannot. @param loggingIn see {@link requireWritable} */
export function refusalOf(state: RequestState, loggingIn = false): Refusal | undefined {
  if (state.replaced && !loggingIn) return 'rotated';
  if (state.readOnly) return 'read-only';
  return isCookieWithheld(state) ? 'insecure' : undefined;
}

/**
 * @param loggingIn whether this is a login, which may begin a session even with a token that was just replaced
 * @throws if the session cannot be stored, or its cookie cannot be sent although it has to be
 */
export function requireWritable(state: RequestState, what: string, newInBrowser: boolean, loggingIn = false): void {
  if (state.failure !== undefined) throw state.failure;
  const refusal = refusalOf(state, loggingIn);
  if (refusal === 'read-only') throw SessionStoreError.readOnly();
  if (refusal === 'rotated' && !state.working?.isStored) {
    state.reject('rotated');
    throw new SessionGoneError();
  }
  if (!newInBrowser && !state.engine.recordInCookie) return;
  if (state.headersSent) throw SessionUsageError.headersSent(`${what} was called`);
  if (refusal === 'insecure') throw SessionUsageError.insecureTransport(insecureCause(state));
}

/** The cookie is Secure and the request did not come over https: a browser would not take it. */
export const isCookieWithheld = ({ working, facts }: RequestState): boolean =>
  (working?.live.cookie?.secure ?? facts.cookie.secure) === true && !facts.secure;

/** Why the request does not count as one over https. */
export function insecureCause({ facts }: RequestState): string {
  const proto = facts.req.headers['x-forwarded-proto'];
  return proto === undefined
    ? 'no TLS on the connection'
    : `it says X-Forwarded-Proto: ${JSON.stringify(proto)}, which is not trusted`;
}
