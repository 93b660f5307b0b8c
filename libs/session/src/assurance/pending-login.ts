import type { SessionUser } from '../core/session-user.js';
import { userKeyIn } from '../core/user-key.js';
import { SessionLoginNotPendingError } from '../errors/access.errors.js';
import { copyData } from '../engine/session-json.js';
import { beginSession, loginTimes, type LoginRequest } from '../request/login.js';
import type { RequestState } from '../request/request-state.js';
import { requireWritable } from '../request/write-guards.js';
import { userIn } from './auth-context.js';
import { versionFact } from './auth-version.js';

/** A login whose second factor is missing. */
export interface PendingLogin<User extends SessionUser = SessionUser> {
  /** The user, who is not logged in yet. */
  readonly user: User;
  /** Milliseconds since the epoch: when the login has to start again. */
  readonly expiresAt: number;
}

/** The arguments of `beginLogin()`. */
export interface PendingRequest {
  readonly user: SessionUser;
  readonly keep: readonly string[];
  /** Milliseconds. */
  readonly length: number;
}

/**
 * Begins an anonymous session under another name with the pending login. A user who was logged in before is logged out.
 */
export async function beginLogin(state: RequestState, { user, keep, length }: PendingRequest): Promise<void> {
  requireWritable(state, 'beginLogin()', true, true);
  const { engine } = state;
  // First: a revocation of the user's sessions from now on has to end this login too.
  const revokedBefore = await engine.revokedBefore('user', userKeyIn({ user }, engine.options.userKey) ?? '');
  const version = await versionFact(engine, user);
  const now = engine.options.clock.now();
  const pending = {
    user: copyData({ user })['user'] as SessionUser,
    until: now + length,
    ...version,
    ...(revokedBefore !== undefined && { revokedBefore }),
  };
  const wasAnonymous = state.detached || !state.working || userIn(state.working) === undefined;
  await beginSession(state, {
    keep: wasAnonymous ? keep.filter((key) => key !== 'user') : [],
    values: {},
    times: { createdAt: now, facts: { pending } },
  });
}

/** @returns undefined if there is no pending login, or it has expired */
export function pendingLogin(state: RequestState): PendingLogin | undefined {
  const pending = state.detached ? undefined : state.current().facts.pending;
  if (!pending || state.engine.options.clock.now() >= pending.until) return undefined;
  return { user: structuredClone(pending.user), expiresAt: pending.until };
}

/** Completes the pending login. Of concurrent requests, one succeeds. */
export async function completeLogin(state: RequestState, request: Omit<LoginRequest, 'user'>): Promise<SessionUser> {
  requireWritable(state, 'completeLogin()', true, true);
  const begun = pendingLogin(state);
  const pending = begun && state.current().facts.pending;
  if (!begun || !pending) throw new SessionLoginNotPendingError();
  const { user } = begun;
  const version = await versionFact(state.engine, user);
  // The password that was the first factor has changed meanwhile.
  if (version.authVersion !== pending.authVersion) throw new SessionLoginNotPendingError();
  const completed = { ...request, user, facts: { ...request.facts, ...version } };
  await beginSession(state, {
    keep: request.keep,
    values: { user: structuredClone(user) },
    times: loginTimes(state, completed, pending.revokedBefore),
    cookie: request.deadlines,
    completing: true,
  });
  state.engine.events.emit('login', state.describe(state.current()));
  return user;
}
