import { defined } from '../core/defined.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { userIdOf } from '../core/user-id.js';
import { newCookie, recordCookie } from '../engine/cookie-record.js';
import { copyData } from '../engine/session-json.js';
import { SessionRotatedError } from '../errors/session-state.errors.js';
import { noteClient } from './session-client.js';
import { deadlinesFor, type AskedDeadlines } from './session-deadlines.js';
import { rotate } from './rotate.js';
import type { RequestState } from './request-state.js';
import type { SessionTimes, WorkingSession } from './working-session.js';
import { requireWritable } from './write-guards.js';

/** What a login asks for. */
export interface LoginRequest {
  readonly user: SessionUser;
  /** Keys that are carried over, from an anonymous session or one of the same user. */
  readonly keep: readonly string[];
  /** Undefined for what the application gives such a user. */
  readonly deadlines?: AskedDeadlines | undefined;
  /** What else is known of it. */
  readonly facts?: SessionFacts;
}

/**
 * Logs a user in; saved when this resolves. Another name, unless it is a session of the same user, who has proved again
 * to be that one: then another secret under the same name.
 */
export async function login(state: RequestState, request: LoginRequest): Promise<void> {
  requireWritable(state, 'login()', true, true);
  const { user, keep } = request;
  // First of all: what ends the user's sessions from here on ends this one as well.
  const revokedBefore = await state.engine.revokedBefore('user', user.id);
  const old = state.detached ? undefined : state.working;
  const isSame = old?.held !== undefined && String(personOf(old)) === String(user.id);
  if (isSame) await loginAgain(state, old, request, revokedBefore);
  else
    await beginSession(state, {
      keep: personOf(old) === undefined ? keep : [],
      values: { user },
      times: loginTimes(state, request, revokedBefore),
      cookie: request.deadlines,
    });
  state.engine.events.emit('login', state.describe(state.current()));
}

/** A session under another name, and what of the one before goes along. */
export interface NewSession {
  readonly keep: readonly string[];
  readonly values: SessionValues;
  readonly times: SessionTimes;
  /** How the browser keeps its cookie. */
  readonly cookie?: AskedDeadlines | undefined;
  /** It completes a pending login: it goes on from this very session, and is refused if that is over. */
  readonly completing?: boolean;
}

/** Stores a new session first, and ends those that the browser had then: if it is refused, they are untouched. */
export async function beginSession(state: RequestState, request: NewSession): Promise<WorkingSession> {
  const { keep, values, times, cookie, completing = false } = request;
  const old = state.detached ? undefined : state.working;
  const keptOf = (from: SessionValues): SessionValues => ({ ...pick(from, keep), ...values });
  const idBefore = state.id;
  const fresh = state.begin(copyData(keptOf(old?.values() ?? {})), times);
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
  state.tellCreated(fresh);
  return fresh;
}

/** Ends what the browser had, and takes the last values of it along. */
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
    const [base, mine] = [old.base(), old.values()];
    const json = JSON.stringify(created.stored.record.data);
    const replaced = await engine.replace(before, created, {
      take: ({ data }) => {
        const kept = copyData(keptOf(mergeSessions(base, mine, data, engine.options.resolve).data));
        return JSON.stringify(kept) === json ? undefined : kept;
      },
      ...(completing && { admits: ({ facts }: SessionRecord) => facts?.pending !== undefined }),
    });
    if (replaced) {
      fresh.show(replaced.stored.record.data);
      fresh.markSaved(replaced);
      tellReplaced(state, old);
    } else if (completing) {
      await engine.discard(created);
      throw new SessionRotatedError();
    }
  }
  // Whoever has shown a token of a session may end it, and a login does: none of them is alive beside it.
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

/** The same user has proved again who they are: another secret, deadlines anew, and nothing of the values but what is kept. */
async function loginAgain(
  state: RequestState,
  old: WorkingSession,
  request: LoginRequest,
  revokedBefore: number | undefined,
): Promise<void> {
  const { user, keep, deadlines } = request;
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
        data: copyData({ ...pick(suspended ? { ...suspended.values } : data, keep), user }),
        cookie: recordCookie(next),
        revokedBefore: { user: Math.max(theirs.revokedBefore?.user ?? 0, revokedBefore ?? 0) },
        facts: { ...defined(device), ...times.facts },
      };
    },
  });
  fresh.dateCookie();
  if (acted) tellImpersonationEnded(state, old, 'stopped');
}

/** What a login begins with. @param revokedBefore what stood against the user when the login began */
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

/** The person that is signed in, also while they act as another user. */
const personOf = (old: WorkingSession | undefined): string | number | undefined =>
  old?.times.facts?.actor?.id ?? userIdOf({ user: old?.value('user') });

/** Tells of a session whose place another one has taken. */
function tellReplaced(state: RequestState, old: WorkingSession): void {
  tellImpersonationEnded(state, old, 'stopped');
  state.engine.events.emit('destroyed', { ...state.describe(old), reason: 'replaced' });
}

/** Tells that nobody acts as the user of this session any more, if anybody did. */
export function tellImpersonationEnded(state: RequestState, old: WorkingSession, reason: 'stopped' | 'expired'): void {
  const { actor, ...session } = state.describe(old);
  if (actor) state.engine.events.emit('impersonationEnded', { ...session, actor, reason });
}

export const pick = (values: SessionValues, keys: readonly string[]): SessionValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
