import { idpPlacesOf } from '../core/idp-places.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { SessionStepUpError } from '../errors/access.errors.js';
import type { IdpFacts } from '../core/session-facts.js';
import type { RequestState } from '../request/request-state.js';
import { rotate } from '../request/rotate.js';
import { requireOwnUser } from './reauthentication.js';
import { factsOf } from './auth-context.js';

/** The session at the identity provider that a session came from. Milliseconds. */
export interface IdpSession {
  readonly issuer: string;
  readonly sid: string | undefined;
  readonly sub: string | undefined;
  readonly authTime: number | undefined;
  readonly maxAge: number | undefined;
}

/** Ties the session to the one that it came from. One that began in this request stays what it is; others get a new id. */
export async function bindIdp(state: RequestState, { issuer, sid, sub, authTime, maxAge }: IdpSession): Promise<void> {
  const { recordInCookie, directory } = state.engine;
  if (!recordInCookie && !directory) throw SessionUsageError.needsIndex('bindIdp()');
  requireOwnUser(state, 'bindIdp()');
  const now = state.engine.options.clock.now();
  const provenAt = authTime === undefined ? undefined : Math.min(authTime, now);
  const until = maxAge === undefined ? undefined : (provenAt ?? now) + maxAge;
  if (until !== undefined && until <= now) throw SessionStepUpError.reauthentication(Math.round((maxAge ?? 0) / 1000));
  const named = { issuer, ...(sid !== undefined && { sid }), ...(sub !== undefined && { sub }) };
  const subject = idpPlacesOf({ idp: named }).find(({ index }) => index === 'idp.sub');
  // Whatever has ended that session stands against ours too, also if it came before we knew of it.
  const epoch = (subject && (await state.engine.placeEpoch(subject))) ?? '0';
  const idp: IdpFacts = { ...named, ...(until !== undefined && { until }), epoch };
  // A record of which another request knows must not be written with other facts: that request would write its own.
  await rotate(state, {
    what: 'bindIdp()',
    reason: 'requested',
    next: (values, old) => ({
      values,
      times: { ...old.times, facts: { ...factsOf(old), idp, ...(provenAt !== undefined && { authTime: provenAt }) } },
    }),
  });
}
