import { absoluteDeadline } from '../core/deadlines.js';
import type { SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { SessionImpersonationError, SignInRequiredError } from '../errors/access.errors.js';
import { recordCookie } from '../engine/cookie-record.js';
import type { RequestState } from '../request/request-state.js';
import { describe, rotate, tellImpersonationEnded, type Succession } from '../request/rotate.js';
import { factsOf, userOf } from './auth-context.js';
import type { WorkingSession } from '../request/working-session.js';

/** What an impersonation asks for. */
export interface ImpersonationRequest {
  readonly user: SessionUser;
  /** Milliseconds. */
  readonly length: number;
  readonly reason: string | undefined;
}

/** Who acts as the user of a session. */
export interface ImpersonatingActor<User extends SessionUser = SessionUser> {
  /** As himself. */
  readonly user: User;
  /** Milliseconds since the epoch: when the session ends if he does not stop before. */
  readonly until: number;
  readonly reason: string | undefined;
}

/** A new id, the other user in the session and nothing else; the actor's own session waits in it. */
export async function impersonate(state: RequestState, request: ImpersonationRequest): Promise<void> {
  const old = state.current();
  const actor = userOf(old.values);
  if (actor === undefined) throw new SignInRequiredError();
  if (factsOf(old).actor) throw SessionImpersonationError.nested();
  if (String(actor.id) === String(request.user.id)) throw SessionImpersonationError.oneself();
  const { options, events } = state.engine;
  const own = absoluteDeadline({ ...old.times, cookie: recordCookie(old.live.cookie) }, options);
  const until = Math.min(options.clock.now() + request.length, own);
  const { reason } = request;
  const acting = { id: actor.id, until, ...(reason !== undefined && { reason }) };
  const fresh = await rotate(state, {
    what: 'impersonate()',
    reason: 'impersonated',
    next: (last, before) => suspend(last, before, request.user, acting),
  });
  events.emit('impersonated', {
    ...describe(state, fresh),
    actor: { userId: actor.id },
    until,
    ...(reason !== undefined && { reason }),
  });
}

/**
 * A new id, and the actor's own session as he left it, with its own deadline.
 * @returns false if nobody acts as somebody else
 */
export async function stopImpersonating(state: RequestState): Promise<boolean> {
  const old = state.current();
  const { suspended, actor } = factsOf(old);
  if (!suspended || !actor) return false;
  await rotate(state, {
    what: 'stopImpersonating()',
    reason: 'impersonationEnded',
    next: (_last, before) => resume(before),
  });
  tellImpersonationEnded(state, old, 'stopped');
  return true;
}

/** @returns undefined if everybody is himself */
export function actorOf(state: RequestState): ImpersonatingActor | undefined {
  const { actor, suspended } = state.detached ? {} : factsOf(state.current());
  const user = suspended && userOf(structuredClone(suspended.values));
  return actor && user && { user, until: actor.until, reason: actor.reason };
}

function suspend(
  values: SessionValues,
  { times }: WorkingSession,
  user: SessionUser,
  actor: NonNullable<SessionFacts['actor']>,
): Succession {
  const { epoch, facts = {}, ...dates } = times;
  const { aal, authTime, authVersion, ...stays } = facts;
  const suspended = {
    values,
    ...(aal !== undefined && { aal }),
    ...(authTime !== undefined && { authTime }),
    ...(authVersion !== undefined && { authVersion }),
    ...(epoch !== undefined && { epoch }),
  };
  return { values: { user }, times: { ...dates, facts: { ...stays, actor, suspended } } };
}

function resume({ times }: WorkingSession): Succession {
  const { epoch: _, facts = {}, ...dates } = times;
  const { actor: __, suspended, ...stays } = facts;
  const { values = {}, epoch, ...own } = suspended ?? {};
  return {
    values: { ...values },
    times: { ...dates, ...(epoch !== undefined && { epoch }), facts: { ...stays, ...own } },
  };
}
