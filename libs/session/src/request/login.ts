import { defined } from '../core/defined.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { personOf, userKeyIn, type UserKeyOf } from '../core/user-key.js';
import { newCookie, recordCookie } from '../engine/cookie-record.js';
import { copyData } from '../engine/session-json.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import { noteClient } from './session-client.js';
import { deadlinesFor, type AskedDeadlines } from './session-deadlines.js';
import { rotate } from './rotate.js';
import type { RequestState } from './request-state.js';
import type { SessionTimes, WorkingSession } from './working-session.js';
import { requireWritable } from './write-guards.js';

/** The arguments of a login. */
export interface LoginRequest {
  readonly user: SessionUser;
  /** Keys whose values are kept, from an anonymous session or one of the same user. */
  readonly keep: readonly string[];
  /** What the session begins with besides the user. */
  readonly values?: SessionValues;
  /** Undefined for the deadlines of the application's options. */
  readonly deadlines?: AskedDeadlines | undefined;
  /** Other facts about the session. */
  readonly facts?: SessionFacts;
}

/**
 * Logs a user in; saved when this resolves. The session gets another name, unless the same user was logged in: then it only
 * gets another secret.
 */
export async function login(state: RequestState, request: LoginRequest): Promise<void> {
  requireWritable(state, 'login()', true, true);
  const { user, keep, values } = request;
  // First: a revocation of the user's sessions from now on has to end this one too.
  const { userKey } = state.engine.options;
  const key = userKeyIn({ user }, userKey) ?? '';
  const revokedBefore = await state.engine.revokedBefore('user', key);
  const old = state.detached ? undefined : state.working;
  const person = old && personIn(old, userKey);
  const isSame = old?.held !== undefined && person === key;
  if (isSame) await loginAgain(state, old, request, revokedBefore);
  else
    await beginSession(state, {
      keep: person === undefined ? keep : [],
      values: { ...values, user },
      times: loginTimes(state, request, revokedBefore),
      cookie: request.deadlines,
    });
  state.engine.events.emit('login', state.describe(state.current()));
}

/** A session under another name, and what it keeps of the one before. */
export interface NewSession {
  readonly keep: readonly string[];
  /** Its own values, of which nothing else holds a part. */
  readonly values: SessionValues;
  readonly times: SessionTimes;
  /** How the browser keeps its cookie. */
  readonly cookie?: AskedDeadlines | undefined;
  /** It completes the pending login of the session before, and is refused if that is over. */
  readonly completing?: boolean;
}

/** Stores a new session first, and then ends those that the browser had. If it is refused, they are unchanged. */
export async function beginSession(state: RequestState, request: NewSession): Promise<WorkingSession> {
  const { keep, values, times, cookie, completing = false } = request;
  const old = state.detached ? undefined : state.working;
  const keptOf = (from: SessionValues): SessionValues => ({ ...pick(from, keep), ...values });
  const idBefore = state.id;
  const fresh = state.begin(keptOf(old?.values() ?? {}), times);
  if (cookie?.persistent && cookie.idle !== undefined) fresh.live.cookie.originalMaxAge = cookie.idle;
  noteClient(fresh, state.client);
  try {
    await state.create(fresh);
    await replaceSession(state, old, fresh, keptOf, completing);
  } catch (error) {
    state.id = idBefore;
    throw error;
  }
  state.goOnWith(fresh);
  state.reportCreated(fresh);
  return fresh;
}

/** Ends the sessions that the browser had, and takes over the last values to keep. */
async function replaceSession(
  state: RequestState,
  old: WorkingSession | undefined,
  fresh: WorkingSession,
  keptOf: (from: SessionValues) => SessionValues,
  completing: boolean,
): Promise<void> {
  const { engine } = state;
  const created = fresh.held;
  const before = old?.held;
  if (!created) return;
  if (before && old) {
    const replaced = await engine.replace(before, created, {
      take: (last) => {
        // No other request has saved since this one read it, so the new session has all of it.
        if (last === before.stored.record) return undefined;
        const { data } = mergeSessions(old.base(), old.values(), last.data, engine.options.resolve);
        const kept = copyData(keptOf(data));
        return JSON.stringify(kept) === JSON.stringify(created.stored.record.data) ? undefined : kept;
      },
      ...(completing && { admits: ({ facts }: SessionRecord) => facts?.pending !== undefined }),
    });
    if (replaced) {
      if (replaced !== created) {
        fresh.assign(replaced.stored.record.data);
        fresh.markSaved(replaced);
      }
      reportReplaced(state, old);
    } else if (completing) {
      await engine.discard(created);
      throw new SessionRotatedError();
    }
  }
  // A login ends all sessions of which the browser has sent a token: none stays live beside the new one.
  for (const other of state.presented) {
    if (other.key === before?.key || other.key === fresh.key) continue;
    const last = await engine.end(other, 'replaced');
    if (last)
      engine.events.emit('destroyed', {
        ...engine.describe(other.handle, last.record.data, last.record.facts),
        reason: 'replaced',
      });
  }
}

/** A login of the same user: another secret, new deadlines, and only the values to keep. */
async function loginAgain(
  state: RequestState,
  old: WorkingSession,
  request: LoginRequest,
  revokedBefore: number | undefined,
): Promise<void> {
  const { user, keep, values, deadlines } = request;
  const { secure, cookie } = state.facts;
  const times = loginTimes(state, request, revokedBefore);
  const next = newCookie(cookie, secure);
  if (deadlines?.persistent && deadlines.idle !== undefined) next.originalMaxAge = deadlines.idle;
  const acted = old.facts.actor !== undefined;
  const fresh = await rotate(state, {
    what: 'login()',
    reason: 'login',
    by: 'proof',
    proves: request.facts?.aal ?? 1,
    cookie: next,
    next: (theirs) => {
      const { data, facts = {}, absoluteTimeout: _, ...stays } = theirs;
      const { ip, userAgent, deviceClass, indexedUntil, suspended } = facts;
      const device = { ip, userAgent, deviceClass, indexedUntil };
      return {
        ...stays,
        ...times,
        createdAt: theirs.createdAt,
        data: copyData({ ...pick(suspended ? { ...suspended.values } : data, keep), ...values, user }),
        cookie: recordCookie(next),
        revokedBefore: { user: Math.max(theirs.revokedBefore?.user ?? 0, revokedBefore ?? 0) },
        facts: { ...defined(device), ...times.facts },
      };
    },
  });
  fresh.dateCookie();
  if (acted) reportImpersonationEnded(state, old, 'stopped');
}

/** The system fields of a login. @param revokedBefore of the user when the login began */
export function loginTimes(
  state: RequestState,
  { user, deadlines, facts }: LoginRequest,
  revokedBefore: number | undefined,
): SessionTimes {
  const now = state.engine.options.clock.now();
  const dated = deadlinesFor(state.engine.options, user, deadlines);
  return {
    createdAt: now,
    authenticatedAt: now,
    ...(revokedBefore !== undefined && { revokedBefore: { user: revokedBefore } }),
    ...dated,
    facts: { ...dated.facts, ...facts, authTime: now },
  };
}

/** The person who is logged in, also while they act as another user. */
const personIn = (old: WorkingSession, keyOf: UserKeyOf | undefined): string | undefined =>
  personOf({ data: { user: old.value('user') }, facts: old.facts }, keyOf);

/** Reports a session that was replaced. */
function reportReplaced(state: RequestState, old: WorkingSession): void {
  reportImpersonationEnded(state, old, 'stopped');
  state.engine.events.emit('destroyed', { ...state.describe(old), reason: 'replaced' });
}

/** Reports the end of an impersonation, if there was one. */
export function reportImpersonationEnded(
  state: RequestState,
  old: WorkingSession,
  reason: 'stopped' | 'expired',
): void {
  const { actor, ...session } = state.describe(old);
  if (actor) state.engine.events.emit('impersonationEnded', { ...session, actor, reason });
}

export const pick = (values: SessionValues, keys: readonly string[]): SessionValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
