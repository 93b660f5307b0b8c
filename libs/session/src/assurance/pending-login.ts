import type { SessionUser } from '../core/session-user.js';
import { SessionLoginNotPendingError } from '../errors/access.errors.js';
import type { RequestState } from '../request/request-state.js';
import { login, pick, replace, takeOver, tellImpersonationEnded, type LoginRequest } from '../request/rotate.js';
import { dataJson, parseData } from '../engine/session-json.js';
import { factsOf } from './auth-context.js';
import { versionFact } from './auth-version.js';
import { requireWritable } from '../request/write-guards.js';

/** A login that waits for its second factor. */
export interface PendingLogin<User extends SessionUser = SessionUser> {
  /** Who is about to log in, and is not yet. */
  readonly user: User;
  /** Milliseconds since the epoch: when he has to begin anew. */
  readonly expiresAt: number;
}

/** What the beginning of a login asks for. */
export interface PendingRequest {
  readonly user: SessionUser;
  readonly keep: readonly string[];
  /** Milliseconds. */
  readonly length: number;
}

/** A new id and an anonymous session, which knows who is about to log in. Whoever was logged in is not any more. */
export async function beginLogin(state: RequestState, { user, keep, length }: PendingRequest): Promise<void> {
  requireWritable(state, 'beginLogin()', true, true);
  const version = await versionFact(state.engine, user);
  const now = state.engine.options.clock.now();
  const old = state.detached ? undefined : state.working;
  const wanted = keep.filter((key) => key !== 'user');
  const pending = { user: asJson(user), until: now + length, ...version };
  const fresh = state.begin(pick(old?.values ?? {}, wanted), { createdAt: now, facts: { pending } });
  fresh.show(pick(await takeOver(state, old, fresh, true), wanted));
  await replace(state, fresh, old, 'requested');
  if (old) tellImpersonationEnded(state, old, 'stopped');
}

/** @returns undefined if nobody is about to log in, or took too long */
export function pendingLogin(state: RequestState): PendingLogin | undefined {
  const pending = state.detached ? undefined : factsOf(state.current()).pending;
  if (!pending || state.engine.options.clock.now() >= pending.until) return undefined;
  return { user: structuredClone(pending.user), expiresAt: pending.until };
}

/** Logs in who is about to. Of requests that come together, one does. */
export async function completeLogin(state: RequestState, request: Omit<LoginRequest, 'user'>): Promise<SessionUser> {
  const pending = pendingLogin(state);
  if (!pending) throw new SessionLoginNotPendingError();
  const { user } = pending;
  const version = await versionFact(state.engine, user);
  // The password that was the first factor is not the user's any more.
  if (version.authVersion !== factsOf(state.current()).pending?.authVersion) throw new SessionLoginNotPendingError();
  await login(state, { ...request, user, facts: { ...request.facts, ...version }, completing: true });
  return user;
}

/** @throws `SessionUsageError` if it cannot be JSON */
const asJson = (user: SessionUser): SessionUser => parseData(dataJson({ user }))['user'] as SessionUser;
