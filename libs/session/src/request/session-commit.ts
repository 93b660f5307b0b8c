import { isRenewalDue } from '../core/deadlines.js';
import { SessionGoneError, SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { decideCommit, type CommitDecision, type CookieAction } from './commit-decision.js';
import { end } from './end.js';
import type { RequestState } from './request-state.js';
import type { Serial } from './serial.js';
import { isRotationDue, rotateByAge } from './rotate-by-age.js';
import { seenNow } from './session-client.js';
import { insecureCause, isCookieWithheld, refusalOf, type Refusal } from './write-guards.js';
import type { WorkingSession } from './working-session.js';

const NO_COOKIE: CookieAction = { type: 'none' };

/** Creates, saves, renews, rotates by age or destroys a request's session, once per request. */
export class SessionCommit {
  /** The application asked for a renewal. */
  touched = false;
  /** The session was renewed already, and the cookie has to follow. */
  private extended = false;

  constructor(
    private readonly state: RequestState,
    private readonly serial: Serial,
  ) {}

  /**
   * Runs the commit and returns what to do with the cookie. A result that is no promise needs no waiting.
   */
  run(): CookieAction | Promise<CookieAction> {
    const { state, serial } = this;
    if (!state.loaded || state.failure !== undefined) return NO_COOKIE;
    const { working } = state;
    if (serial.busy || (working && isRotationDue(state, working))) return serial.run(() => this.commit());
    const decision = this.decide();
    if (decision.write === 'refused') return this.refuse(decision.refused);
    if (decision.write === 'none') return this.cookieAction(decision.cookie);
    if (decision.write === 'renew' && decision.cookie !== 'set') {
      // Never delays the response.
      serial.run(() => this.carryOut(decision)).catch(() => undefined);
      return this.cookieAction('none');
    }
    return serial.run(() => this.carryOut(decision));
  }

  /**
   * Renews the session now.
   * @throws `SessionGoneError` if the session ended meanwhile
   */
  async extend(working: WorkingSession): Promise<void> {
    working.keepsDeadline = false;
    const changed = working.change();
    if (!changed) return;
    const { held, change } = changed;
    const untouched = { ...change, mine: change.base };
    const extended = await this.state.reported(working, this.state.engine.save(held, untouched));
    if (!extended) throw new SessionGoneError();
    working.renewed(extended);
    this.extended = true;
  }

  /** Saves changes that were made after the response began. A result that is no promise needs no waiting. */
  runLate(): undefined | Promise<void> {
    const { state } = this;
    const { working } = state;
    if (!working || state.detached || !working.dataChanged) return undefined;
    // A change without a cookie could not be found by any later request.
    if (working.isStored && !state.engine.recordInCookie)
      return this.serial.run(async () => void (await state.persist(working)));
    state.reject('headers-sent', working);
    return undefined;
  }

  /** The operations before may have ended or rotated the session, so the decision is made now. */
  private async commit(): Promise<CookieAction> {
    const { state } = this;
    const { working } = state;
    if (!working || !isRotationDue(state, working)) return this.carryOut(this.decide());
    const changes = this.decide();
    try {
      return (await rotateByAge(state, working)) ? this.cookieAction('set') : NO_COOKIE;
    } catch (error) {
      // The response of a request without changes does not depend on it.
      if (changes.write === 'save' || !isExpected(error)) throw error;
      return NO_COOKIE;
    }
  }

  private decide(): CommitDecision {
    const { state } = this;
    const { options } = state.engine;
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
      inBrowser: state.inBrowser(working),
      dataChanged: working.dataChanged || (held !== undefined && (state.outdated || working.factsChange !== undefined)),
      cookieChanged: working.cookieChanged,
      persistent: working.persistent,
      renewalDue:
        counts &&
        !this.extended &&
        held !== undefined &&
        isRenewalDue(held.stored.record, options, options.clock.now()),
      touched: this.touched,
      endedSent: state.endedCookie !== undefined,
      refused: held ? undefined : refusalOf(state),
      rolling: counts && options.rolling,
      recordInCookie: state.engine.recordInCookie,
      resave: counts && options.resave && !working.saved,
      saveUninitialized: options.saveUninitialized,
    });
    const follows = this.extended && decision.write === 'none' && working.persistent;
    return follows ? { write: 'none', cookie: 'set' } : decision;
  }

  private async carryOut(decision: CommitDecision): Promise<CookieAction> {
    const { state } = this;
    const { working } = state;
    if (decision.write === 'refused') return this.refuse(decision.refused);
    if (working && decision.write === 'destroy') {
      state.detached = false;
      await end(state, 'destroyed');
    }
    if (working && decision.write === 'save' && !(await state.persist(working))) return NO_COOKIE;
    if (working && decision.write === 'renew' && !(await this.renew(working, decision.cookie === 'set')))
      return NO_COOKIE;
    return this.cookieAction(decision.cookie);
  }

  /** @returns false if no cookie may be sent: the session is gone, or was not renewed */
  private async renew(working: WorkingSession, givesCookie: boolean): Promise<boolean> {
    const { state } = this;
    try {
      // Only a write shows that the secret is current, which a cookie requires.
      if (givesCookie) return await state.persist(working, !this.touched && !state.engine.options.rolling);
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
  private cookieAction(action: 'none' | 'set' | 'clear'): CookieAction {
    const { working, endedCookie, engine, detached } = this.state;
    if (action === 'clear' && endedCookie) return { type: 'clear', cookie: endedCookie };
    const held = detached ? undefined : working?.held;
    if (!working || held?.send === undefined) return NO_COOKIE;
    const { cookie } = working.live;
    if (action === 'set' && isCookieWithheld(this.state)) return { type: 'withheld', cause: insecureCause(this.state) };
    if (action !== 'set' && held.send !== this.state.sentToken) return NO_COOKIE;
    const value = engine.copyOf(held);
    const copy = value === undefined ? undefined : { copy: { value, cookie } };
    return action === 'set' ? { type: 'set', token: held.send, cookie, ...copy } : { type: 'none', ...copy };
  }

  private refuse(refused: Refusal): CookieAction {
    if (refused === 'insecure') return { type: 'withheld', cause: insecureCause(this.state) };
    this.state.reject(refused);
    return NO_COOKIE;
  }
}

const isExpected = (error: unknown): boolean =>
  error instanceof SessionStoreError || error instanceof SessionRotatedError;
