import { isRenewalDue } from '../core/deadlines.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { decideCommit, type CommitDecision, type CookieAction } from './commit-decision.js';
import type { RequestState } from './request-state.js';
import type { Serial } from './serial.js';
import { isIdRenewalDue, renewId } from './rotate-by-age.js';
import { seenNow } from './session-client.js';
import { end } from './rotate.js';
import { insecureCause, isCookieWithheld, refusalOf, type Refusal } from './write-guards.js';
import type { WorkingSession } from './working-session.js';

const NO_COOKIE: CookieAction = { type: 'none' };

/** The one moment in which a request's session is created, saved, renewed or destroyed. */
export class SessionCommit {
  /** The application asked for a renewal. */
  touched = false;
  /** The deadline was pushed on already, and the cookie has to follow. */
  private extended = false;

  constructor(
    private readonly state: RequestState,
    private readonly serial: Serial,
  ) {}

  /**
   * Does what has to be done, and says what becomes of the cookie. A plain answer means that there is nothing to wait
   * for.
   */
  run(): CookieAction | Promise<CookieAction> {
    const { state, serial } = this;
    if (!state.loaded || state.failure !== undefined) return NO_COOKIE;
    const { working } = state;
    if (working && isIdRenewalDue(state, working)) return serial.run(() => this.underNewId(working));
    if (serial.busy) return serial.run(async () => this.withCopy(await this.carryOut(this.decide())));
    const decision = this.decide();
    if (decision.write === 'refused') return this.refuse(decision.refused);
    if (decision.write === 'none') return this.withCopy(this.cookieAction(decision.cookie));
    if (decision.write === 'renew' && decision.cookie !== 'set') {
      // Never delays the response.
      serial.run(() => this.carryOut(decision)).catch(() => undefined);
      return this.withCopy(NO_COOKIE);
    }
    return serial.run(async () => this.withCopy(await this.carryOut(decision)));
  }

  /**
   * Pushes the idle deadline on now.
   * @throws `SessionGoneError` if the session ended meanwhile
   */
  async extend(working: WorkingSession): Promise<void> {
    const { live, known } = working;
    if (!known) return;
    if (this.state.isLate(working)) this.state.refuseLate();
    working.keepsDeadline = false;
    working.dateCookie();
    const renewed = await this.state.engine.renew(live.id, known, working.record({}).cookie);
    if (!renewed) throw this.state.gone(working);
    working.renewed(renewed);
    if (renewed.renamed) working.renamed = true;
    this.extended = true;
  }

  private async underNewId(working: WorkingSession): Promise<CookieAction> {
    // What was waited for may have ended the session, or given it another id.
    const due = isIdRenewalDue(this.state, working);
    const renewed = due ? await renewId(this.state, working) : undefined;
    // Whoever is at it sends the cookie; one with the old id must not arrive after it.
    if (due && !renewed && !this.state.engine.recordInCookie) working.renamed = true;
    return renewed ?? this.withCopy(await this.carryOut(this.decide()));
  }

  /** Saves what changed after the response began. A plain answer means that there is nothing to wait for. */
  runLate(): undefined | Promise<void> {
    const { state } = this;
    const { working } = state;
    if (!working || state.detached || !working.dataChanged) return undefined;
    if (state.isLate(working)) {
      state.reject('rotated', working);
      return undefined;
    }
    // Without a cookie of its own a change would reach nobody.
    if (working.stored && !state.engine.recordInCookie)
      return this.serial.run(async () => void (await state.persist(working)));
    state.reject('headers-sent', working);
    return undefined;
  }

  private decide(): CommitDecision {
    const { state } = this;
    const { options } = state.engine;
    if (state.detached) {
      const destroy = options.unset === 'destroy' && state.working?.stored !== undefined;
      return { write: destroy ? 'destroy' : 'none', cookie: destroy || state.endedCookie ? 'clear' : 'none' };
    }
    if (!state.working && !options.saveUninitialized) {
      return { write: 'none', cookie: state.endedCookie ? 'clear' : 'none' };
    }
    const working = (state.working ??= state.begin());
    const { stored } = working;
    if (state.isLate(working)) {
      if (working.dataChanged || working.cookieChanged) state.refuseLate();
      return { write: 'none', cookie: 'none' };
    }
    const counts = !working.keepsDeadline;
    const decision = decideCommit({
      isNew: !stored,
      inBrowser: state.inBrowser(working),
      dataChanged: working.dataChanged || (stored !== undefined && state.outdated),
      cookieChanged: working.cookieChanged,
      persistent: working.persistent,
      renewalDue:
        counts && !this.extended && stored !== undefined && isRenewalDue(stored.record, options, options.clock.now()),
      touched: this.touched,
      endedSent: state.endedCookie !== undefined,
      refused: stored ? undefined : refusalOf(state),
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
    if (working && decision.write === 'destroy') await end(state, working, 'destroyed');
    if (working && decision.write === 'save' && !(await state.persist(working))) return NO_COOKIE;
    if (working && decision.write === 'renew' && !(await this.renew(working, decision.cookie === 'set')))
      return NO_COOKIE;
    return this.cookieAction(decision.cookie);
  }

  /** @returns false if no cookie may be sent: the session is gone, or its deadline was not pushed on */
  private async renew(working: WorkingSession, givesCookie: boolean): Promise<boolean> {
    const { live } = working;
    const known = seenNow(working, this.state.client);
    if (!known) return false;
    working.dateCookie();
    try {
      const { engine } = this.state;
      const { cookie } = working.record({});
      const renewed = givesCookie ? await engine.renew(live.id, known, cookie) : undefined;
      if (renewed) working.renewed(renewed);
      if (renewed?.renamed) working.renamed = true;
      const alive = givesCookie ? renewed !== undefined : await engine.renewOnce(live.id, known, cookie);
      if (!alive) this.state.gone(working);
      return alive;
    } catch (error) {
      // The answer does not depend on it: the engine has reported it, and the next request tries again.
      if (error instanceof SessionStoreError) return false;
      throw error;
    }
  }

  private cookieAction(action: 'none' | 'set' | 'clear'): CookieAction {
    const { working, endedCookie } = this.state;
    if (action === 'clear' && endedCookie) return { type: 'clear', cookie: endedCookie };
    // The browser has the cookie of another id by now, or is about to get it.
    if (action !== 'set' || !working?.stored || working.renamed) return NO_COOKIE;
    if (isCookieWithheld(this.state)) return { type: 'withheld', cause: insecureCause(this.state) };
    const { live, stored } = working;
    return { type: 'set', token: this.state.engine.tokenOf(live.id, stored), cookie: live.cookie };
  }

  /** The browser gets a copy of what the store was asked for in this request. */
  private withCopy(action: CookieAction): CookieAction {
    const { working, engine, detached } = this.state;
    if (
      !working?.stored ||
      working.renamed ||
      this.state.isLate(working) ||
      detached ||
      action.type === 'clear' ||
      action.type === 'withheld'
    )
      return action;
    if (action.type !== 'set' && !this.state.inBrowser(working)) return action;
    const value = engine.copyOf(working.live.id, working.stored);
    const { cookie } = working.live;
    return value === undefined ? action : { ...action, copy: { value, cookie } };
  }

  private refuse(refused: Refusal): CookieAction {
    if (refused === 'insecure') return { type: 'withheld', cause: insecureCause(this.state) };
    this.state.reject(refused);
    return NO_COOKIE;
  }
}
