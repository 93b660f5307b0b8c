import { idpKeysOf } from '../core/idp-keys.js';
import type { IdpFacts } from '../core/session-facts.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import { SessionStepUpError } from '../errors/access.errors.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { RequestState } from '../request/request-state.js';
import { requireWritable } from '../request/write-guards.js';
import { requireOwnUser } from './reauthentication.js';

/** The session at the identity provider that a session came from. Milliseconds. */
export interface IdpSession {
  readonly issuer: string;
  readonly sid: string | undefined;
  readonly sub: string | undefined;
  readonly authTime: number | undefined;
  readonly maxAge: number | undefined;
}

/** Binds the session to the one at the identity provider; saved when this resolves. */
export async function bindIdp(state: RequestState, { issuer, sid, sub, authTime, maxAge }: IdpSession): Promise<void> {
  const { recordInCookie, directory, options } = state.engine;
  if (!recordInCookie && !directory) throw SessionUsageError.needsIndex('bindIdp()');
  requireOwnUser(state, 'bindIdp()');
  requireWritable(state, 'bindIdp()', false);
  const now = options.clock.now();
  const authenticatedAt = authTime === undefined ? undefined : Math.min(authTime, now);
  const until = maxAge === undefined ? undefined : (authenticatedAt ?? now) + maxAge;
  if (until !== undefined && until <= now) throw SessionStepUpError.reauthentication(Math.round((maxAge ?? 0) / 1000));
  const named = { issuer, ...(sid !== undefined && { sid }), ...(sub !== undefined && { sub }) };
  const subject = idpKeysOf({ idp: named }).find(({ index }) => index === 'idp.sub');
  // A revocation of that session or subject applies here too, even if it came before this call.
  const revokedBefore = (subject && (await state.engine.idpRevokedBefore(subject))) ?? 0;
  const idp: IdpFacts = { ...named, ...(until !== undefined && { until }), revokedBefore };
  const working = state.current();
  working.changeFacts((theirs) => ({
    ...theirs,
    idp,
    ...(authenticatedAt !== undefined && { authTime: authenticatedAt }),
  }));
  if (!(await state.persist(working))) throw new SessionGoneError();
}
