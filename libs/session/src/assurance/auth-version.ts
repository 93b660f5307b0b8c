import { shortDigest } from '../core/digest.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { SessionUser } from '../core/session-user.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { RequestState } from '../request/request-state.js';
import type { SessionEngine } from '../engine/session-engine.js';
import { factsOf, userOf } from './auth-context.js';
import type { WorkingSession } from '../request/working-session.js';

/**
 * Ends, or refreshes, a session whose user is not any more what he was when he logged in. Asks the application once.
 * While somebody acts as the user it is about the actor: his session it is.
 */
export async function requireCurrentVersion(state: RequestState): Promise<void> {
  const { working, engine } = state;
  if (!engine.options.authVersion || !working?.stored) return;
  const { suspended, authVersion } = factsOf(working);
  const user = userOf(suspended?.values ?? working.stored.record.data);
  if (user === undefined) return;
  const version = await versionOf(engine, user);
  const known = suspended ? suspended.authVersion : authVersion;
  if (version !== undefined && version === known) return;
  // A session that is older than the option goes by the user as he is when it is first seen.
  if (version !== undefined && known === undefined) return noteVersion(state, working, version);
  const fresh = version === undefined || suspended ? undefined : await loadUser(engine, user);
  if (version === undefined || !fresh) await endOutdated(state, working);
  else await refresh(state, working, fresh, version);
}

/**
 * What a session keeps of its user's version.
 * @param given the version, where the application has it at hand
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
  if (authVersion === undefined) throw SessionUsageError.authVersion('of this user is undefined: he cannot log in.');
  return { authVersion };
}

async function versionOf(engine: SessionEngine, user: SessionUser): Promise<string | undefined> {
  const version = await ask(engine, () => engine.options.authVersion?.versionOf(user));
  return version === undefined || version === null ? undefined : versionDigest(user, version);
}

async function loadUser(engine: SessionEngine, user: SessionUser): Promise<SessionUser | undefined> {
  const fresh = await ask(engine, () => engine.options.authVersion?.load?.(user));
  // A session does not become somebody else's by itself.
  return fresh && String(fresh.id) === String(user.id) ? fresh : undefined;
}

/** Whom the application cannot tell about is not let in. */
async function ask<T>(engine: SessionEngine, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    engine.events.emit('storeError', { operation: 'authVersion', error: cause });
    throw SessionStoreError.from(cause);
  }
}

/** A version may be part of a password's hash, which does not belong into a session. */
const versionDigest = (user: SessionUser, version: string | number): string =>
  shortDigest(JSON.stringify([user.id, version]));

/** Written with whatever the request writes at its end. */
function noteVersion(state: RequestState, working: WorkingSession, authVersion: string): void {
  if (state.isLate(working)) return;
  const facts = factsOf(working);
  const { suspended } = facts;
  const noted = suspended ? { ...facts, suspended: { ...suspended, authVersion } } : { ...facts, authVersion };
  working.times = { ...working.times, facts: noted };
  state.outdated = true;
}

async function endOutdated(state: RequestState, working: WorkingSession): Promise<void> {
  const { live, stored, times } = working;
  state.working = undefined;
  state.noteEnded(working);
  // Of the requests that find it together, the one that ends it tells.
  if (!stored || !(await state.engine.delete(live.id, stored))) return;
  const session = state.engine.describe(live.id, stored.record.data, times.facts);
  state.engine.events.emit('revoked', { ...session, reason: 'auth-version' });
}

async function refresh(
  state: RequestState,
  { live, stored }: WorkingSession,
  user: SessionUser,
  authVersion: string,
): Promise<void> {
  if (!stored) return;
  const change = (record: typeof stored.record) => ({
    ...record,
    data: { ...record.data, user },
    facts: { ...record.facts, authVersion },
  });
  if (state.engine.recordInCookie) {
    state.working = state.adopt(live.id, { ...stored, record: change(stored.record) });
    state.outdated = true;
    return;
  }
  const current = await state.engine.update(live.id, stored, change);
  state.working = current && state.adopt(live.id, current);
}
