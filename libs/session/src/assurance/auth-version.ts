import { shortDigest } from '../core/digest.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { userKeyIn } from '../core/user-key.js';
import { copyData } from '../engine/session-json.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { RequestState } from '../request/request-state.js';
import type { HeldSession, SessionEngine } from '../engine/session-engine.js';
import { userOf } from './auth-context.js';
import type { WorkingSession } from '../request/working-session.js';

/**
 * Ends, or refreshes, a session whose user has changed since the login. Asks the application once. During an impersonation
 * the version is that of the actor, who owns the session.
 */
export async function requireCurrentVersion(state: RequestState): Promise<void> {
  const { working, engine } = state;
  const { held } = working ?? {};
  if (!engine.options.authVersion || !working || !held) return;
  const { record } = held.stored;
  const user = userOf(personValues(record));
  if (user === undefined) return;
  const version = await versionOf(engine, user);
  const known = knownVersion(record);
  if (version !== undefined && version === known) return;
  // A session that is older than the option gets the version of its first request.
  if (version !== undefined && known === undefined) return noteVersion(state, working, version);
  const { suspended } = working.facts;
  const fresh = version === undefined || suspended ? undefined : await loadUser(engine, user);
  if (version === undefined || !fresh) await endOutdated(state, working, held, version);
  else await refresh(state, working, held, fresh, version);
}

/** The values of the person who is logged in, also while they act as another user. */
const personValues = ({ data, facts }: SessionRecord): Readonly<SessionValues> =>
  facts?.suspended ? facts.suspended.values : data;

const knownVersion = ({ facts }: SessionRecord): string | undefined =>
  facts?.suspended ? facts.suspended.authVersion : facts?.authVersion;

/**
 * The fact that a session keeps of its user's version.
 * @param given the version, if the application has passed it
 * @throws `SessionUsageError` if the application knows no such user, or versions are not compared at all
 */
export async function versionFact(
  engine: SessionEngine,
  user: SessionUser,
  given?: string | number,
): Promise<Pick<SessionFacts, 'authVersion'>> {
  if (!engine.options.authVersion) {
    if (given !== undefined) throw SessionUsageError.authVersion('is never compared: give the module option as well.');
    return {};
  }
  const authVersion = given === undefined ? await versionOf(engine, user) : versionDigest(user, given);
  if (authVersion === undefined) throw SessionUsageError.authVersion('of this user is undefined: login is refused.');
  return { authVersion };
}

async function versionOf(engine: SessionEngine, user: SessionUser): Promise<string | undefined> {
  const version = await ask(engine, () => engine.options.authVersion?.versionOf(user));
  return version === undefined || version === null ? undefined : versionDigest(user, version);
}

async function loadUser(engine: SessionEngine, user: SessionUser): Promise<SessionUser | undefined> {
  const { authVersion, toSession, userKey } = engine.options;
  const loaded = await ask(engine, () => authVersion?.load?.(user));
  if (!loaded) return undefined;
  const fresh = copyData({ user: toSession?.(loaded) ?? loaded });
  // A refresh must not turn a session into that of another user.
  return userKeyIn(fresh, userKey) === userKeyIn({ user }, userKey) ? userOf(fresh) : undefined;
}

/** If the application fails to answer, the request is refused. */
async function ask<T>(engine: SessionEngine, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    engine.events.emit('storeError', { operation: 'authVersion', error: cause });
    throw SessionStoreError.from(cause);
  }
}

/** A version may be part of a password hash, which must not be stored in a session. */
const versionDigest = (user: SessionUser, version: string | number): string =>
  shortDigest(JSON.stringify([user.id, version]));

/** Written with the commit. */
function noteVersion(state: RequestState, working: WorkingSession, authVersion: string): void {
  working.changeFacts((theirs) =>
    theirs.suspended ? { ...theirs, suspended: { ...theirs.suspended, authVersion } } : { ...theirs, authVersion },
  );
  state.outdated = true;
}

/** @param version the current one: a session that has it after a new login or reauthentication goes on */
async function endOutdated(
  state: RequestState,
  working: WorkingSession,
  held: HeldSession,
  version: string | undefined,
): Promise<void> {
  const { engine } = state;
  const isOutdated = (record: SessionRecord) => version === undefined || knownVersion(record) !== version;
  const last = await engine.endIf(held, 'auth-version', isOutdated);
  state.working = undefined;
  // If several requests find it, only the one that ends it reports it.
  if (last) {
    engine.events.emit('revoked', { ...state.describe(working), reason: 'auth-version' });
    state.ending = 'auth-version';
    return;
  }
  const now = await engine.findFresh(held.token);
  if (now.status === 'live') state.working = state.adopt(now.held);
  else state.ending = 'auth-version';
}

async function refresh(
  state: RequestState,
  working: WorkingSession,
  held: HeldSession,
  user: SessionUser,
  authVersion: string,
): Promise<void> {
  const change = (record: SessionRecord): SessionRecord => ({
    ...record,
    data: { ...record.data, user },
    facts: { ...record.facts, authVersion },
  });
  if (state.engine.recordInCookie) {
    state.working = state.adopt({ ...held, stored: { ...held.stored, record: change(held.stored.record) } });
    state.outdated = true;
    return;
  }
  const current = await state.reported(working, state.engine.update(held, change));
  state.working = current && state.adopt(current);
}
