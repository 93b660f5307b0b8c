import { isRenewalDue } from '../core/deadlines.js';
import { SessionGoneError, SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { decideCommit, type CommitDecision, type CookieAction } from './commit-decision.js';
import { end } from './end.js';
import type { RequestState } from './request-state.js';
import { isRotationDue, rotateByAge } from './rotate-by-age.js';
import { seenNow } from './session-client.js';
import { insecureCause, isCookieWithheld, refusalOf, type Refusal } from './write-guards.js';
import type { WorkingSession } from './working-session.js';

const NO_COOKIE: CookieAction = { type: 'none' };

/**
 * Creates, saves, renews, rotates by age or destroys a request's session: called once, before the first byte, after which
 * no cookie can be set.
 * @returns what to do with the cookie. A result that is no promise needs no waiting
 */
export function commit(state: RequestState): CookieAction | Promise<CookieAction> {
  state.headersSent = true;
  if (state.disowned || !state.loaded || state.failure !== undefined) return NO_COOKIE;
  const { working } = state;
  if (state.serial?.busy || (working && isRotationDue(state, working))) return state.inTurn(() => commitInTurn(state));
  const decision = decide(state);
  if (decision.write === 'refused') return refuse(state, decision.refused);
  if (decision.write === 'none') return cookieAction(state, decision.cookie);
  if (decision.write === 'renew' && decision.cookie !== 'set') {
    // Never delays the response.
    state.inTurn(() => carryOut(state, decision)).catch(() => undefined);
    return cookieAction(state, 'none');
  }
  return state.inTurn(() => carryOut(state, decision));
}

/** Saves changes that were made after the response began. A result that is no promise needs no waiting. */
export function commitLate(state: RequestState): undefined | Promise<void> {
  state.headersSent = true;
  const { working } = state;
  if (state.disowned || !working || state.detached || !working.dataChanged) return undefined;
  // A change without a cookie could not be found by any later request.
  if (working.isStored && !state.engine.recordInCookie)
    return state.inTurn(async () => void (await state.persist(working)));
  state.reject('headers-sent', working);
  return undefined;
}

/**
 * Renews the session now.
 * @throws `SessionGoneError` if the session ended meanwhile
 */
export async function extend(state: RequestState, working: WorkingSession): Promise<void> {
  working.keepsDeadline = false;
  const changed = working.change();
  if (!changed) return;
  const { held, change } = changed;
  const untouched = { ...change, mine: change.base };
  const extended = await state.reported(working, state.engine.save(held, untouched));
  if (!extended) throw new SessionGoneError();
  working.renewed(extended);
  state.extended = true;
}

/** The operations before may have ended or rotated the session, so the decision is made now. */
async function commitInTurn(state: RequestState): Promise<CookieAction> {
  const { working } = state;
  if (!working || !isRotationDue(state, working)) return carryOut(state, decide(state));
  const changes = decide(state);
  try {
    return (await rotateByAge(state, working)) ? cookieAction(state, 'set') : NO_COOKIE;
  } catch (error) {
    // The response of a request without changes does not depend on it.
    if (changes.write === 'save' || !isExpected(error)) throw error;
    return NO_COOKIE;
  }
}

function decide(state: RequestState): CommitDecision {
  const { engine } = state;
  const { options } = engine;
  if (state.detached) {
    const destroy = options.unset === 'destroy' && state.working?.isStored === true;
    return { write: destroy ? 'destroy' : 'none', cookie: destroy || state.endedCookie ? 'clear' : 'none' };
  }
  if (!state.working && !options.saveUninitialized) {
    return { write: 'none', cookie: state.endedCookie ? 'clear' : 'none' };
  }
  const working = (state.working ??= state.begin());
  const { held } = working;
  const counts = !working.keepsDeadline;
  const decision = decideCommit({
    isNew: !held,
    // Or another response sends the cookie.
    inBrowser:
      held !== undefined && (held.send === undefined || (held.send === state.sentToken && !state.facts.staleSignature)),
    dataChanged: working.dataChanged || (held !== undefined && (state.outdated || working.factsChange !== undefined)),
    cookieChanged: working.cookieChanged,
    persistent: () => working.persistent,
    renewalDue:
      counts && !state.extended && held !== undefined && isRenewalDue(held.stored.record, options, options.clock.now()),
    touched: state.touched,
    endedSent: state.endedCookie !== undefined,
    refused: held ? undefined : refusalOf(state),
    rolling: counts && options.rolling,
    recordInCookie: engine.recordInCookie,
    resave: counts && options.resave && !working.saved,
    saveUninitialized: options.saveUninitialized,
  });
  const follows = state.extended && decision.write === 'none' && working.persistent;
  return follows ? { write: 'none', cookie: 'set' } : decision;
}

async function carryOut(state: RequestState, decision: CommitDecision): Promise<CookieAction> {
  const { working } = state;
  if (decision.write === 'refused') return refuse(state, decision.refused);
  if (working && decision.write === 'destroy') {
    state.detached = false;
    await end(state, 'destroyed');
  }
  if (working && decision.write === 'save' && !(await state.persist(working))) return NO_COOKIE;
  if (working && decision.write === 'renew' && !(await renew(state, working, decision.cookie === 'set')))
    return NO_COOKIE;
  return cookieAction(state, decision.cookie);
}

/** @returns false if no cookie may be sent: the session is gone, or was not renewed */
async function renew(state: RequestState, working: WorkingSession, givesCookie: boolean): Promise<boolean> {
  try {
    // Only a write shows that the secret is current, which a cookie requires.
    if (givesCookie) return await state.persist(working, !state.touched && !state.engine.options.rolling);
    const seen = seenNow(working, state.client);
    const alive = seen !== undefined && (await state.engine.renew(seen));
    if (!alive) state.gone(working);
    return alive;
  } catch (error) {
    // The response does not depend on it: it is reported, and the next request tries again.
    if (isExpected(error)) return false;
    throw error;
  }
}

/** What to do with the cookie, and with the copy of the record beside it. */
function cookieAction(state: RequestState, action: 'none' | 'set' | 'clear'): CookieAction {
  const { working, endedCookie, engine, detached } = state;
  if (action === 'clear' && endedCookie) return { type: 'clear', cookie: endedCookie };
  const held = detached ? undefined : working?.held;
  if (!working || held?.send === undefined) return NO_COOKIE;
  const { cookie } = working.live;
  if (action === 'set' && isCookieWithheld(state)) return { type: 'withheld', cause: insecureCause(state) };
  if (action !== 'set' && held.send !== state.sentToken) return NO_COOKIE;
  const value = engine.copies?.of(held);
  const copy = value === undefined ? undefined : { copy: { value, cookie } };
  return action === 'set' ? { type: 'set', token: held.send, cookie, ...copy } : { type: 'none', ...copy };
}

function refuse(state: RequestState, refused: Refusal): CookieAction {
  if (refused === 'insecure') return { type: 'withheld', cause: insecureCause(state) };
  state.reject(refused);
  return NO_COOKIE;
}

const isExpected = (error: unknown): boolean =>
  error instanceof SessionStoreError || error instanceof SessionRotatedError;
