import { absoluteDeadline } from '../core/deadlines.js';
import type { SessionRecord } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { userKeyIn } from '../core/user-key.js';
import { recordCookie } from '../engine/cookie-record.js';
import { copyData } from '../engine/session-json.js';
import { SessionImpersonationError, SignInRequiredError } from '../errors/access.errors.js';
import { reportImpersonationEnded } from '../request/login.js';
import { rotate } from '../request/rotate.js';
import type { RequestState } from '../request/request-state.js';
import { userIn, userOf } from './auth-context.js';

const MAX_REASON_LENGTH = 256;

/** The arguments of an impersonation. */
export interface ImpersonationRequest {
  readonly user: SessionUser;
  /** Milliseconds. */
  readonly length: number;
  readonly reason: string | undefined;
}

/** The user who acts as the user of a session. */
export interface ImpersonatingActor<User extends SessionUser = SessionUser> {
  /** The user who is really logged in. */
  readonly user: User;
  /** Milliseconds since the epoch: when the session ends if the actor does not stop before. */
  readonly until: number;
  readonly reason: string | undefined;
}

/** Rotates the secret. The session has only the other user then, and the actor's own values are suspended in it. */
export async function impersonate(state: RequestState, request: ImpersonationRequest): Promise<void> {
  const old = state.current();
  const actor = userIn(old);
  if (actor === undefined) throw new SignInRequiredError();
  if (old.facts.actor) throw SessionImpersonationError.nested();
  const { engine } = state;
  const { options, events } = engine;
  const { user, length } = request;
  const reason = request.reason?.slice(0, MAX_REASON_LENGTH);
  const key = userKeyIn({ user }, options.userKey) ?? '';
  if (userKeyIn({ user: actor }, options.userKey) === key) throw SessionImpersonationError.oneself();
  // First: a revocation of either user's sessions from now on has to end this one too.
  const acted = await engine.revokedBefore('acted', key);
  const own = absoluteDeadline({ ...old.times, cookie: recordCookie(old.live.cookie) }, options);
  const until = Math.min(options.clock.now() + length, own);
  const acting = { id: actor.id, until, ...(reason !== undefined && { reason }) };
  const values = copyData({ user });
  const fresh = await rotate(state, {
    what: 'impersonate()',
    reason: 'impersonated',
    by: 'asked',
    next: (theirs) => ({
      ...suspend(theirs, acting),
      data: values,
      ...(acted !== undefined && { revokedBefore: { ...theirs.revokedBefore, acted } }),
    }),
  });
  events.emit('impersonated', {
    ...state.describe(fresh),
    actor: { userId: actor.id },
    until,
    ...(reason !== undefined && { reason }),
  });
}

/**
 * Rotates the secret, and restores the actor's own values with their deadline.
 * @returns false if there is no impersonation
 */
export async function stopImpersonating(state: RequestState): Promise<boolean> {
  const old = state.current();
  const { suspended, actor } = old.facts;
  if (!suspended || !actor) return false;
  await rotate(state, { what: 'stopImpersonating()', reason: 'impersonationEnded', by: 'asked', next: resume });
  reportImpersonationEnded(state, old, 'stopped');
  return true;
}

/** @returns undefined if there is no impersonation */
export function actorOf(state: RequestState): ImpersonatingActor | undefined {
  const { actor, suspended } = state.detached ? {} : state.current().facts;
  const user = suspended && userOf(structuredClone(suspended.values));
  return actor && user && { user, until: actor.until, reason: actor.reason };
}

function suspend(theirs: SessionRecord, actor: NonNullable<SessionFacts['actor']>): SessionRecord {
  const { aal, authTime, authVersion, ...stays } = theirs.facts ?? {};
  const suspended = {
    values: theirs.data,
    ...(aal !== undefined && { aal }),
    ...(authTime !== undefined && { authTime }),
    ...(authVersion !== undefined && { authVersion }),
  };
  return { ...theirs, facts: { ...stays, actor, suspended } };
}

function resume(theirs: SessionRecord): SessionRecord {
  const { actor: _, suspended, ...stays } = theirs.facts ?? {};
  const { values = {}, ...own } = suspended ?? {};
  const { revokedBefore, ...rest } = theirs;
  return {
    ...rest,
    data: { ...values },
    ...(revokedBefore?.user !== undefined && { revokedBefore: { user: revokedBefore.user } }),
    facts: { ...stays, ...own },
  };
}
