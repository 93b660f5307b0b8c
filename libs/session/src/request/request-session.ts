import type { SessionValues } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import { SessionGoneException } from '../errors/session-gone.exception.js';
import { deadlinesOf } from '../core/deadlines.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { userIdOf } from '../core/user-id.js';
import type { CookieAction } from './commit-decision.js';
import type { LiveSession, SessionOwner } from './live-session.js';
import { RequestState, type RequestFacts } from './request-state.js';
import { Serial } from './serial.js';
import type { SessionEngine } from '../engine/session-engine.js';
import { SessionCommit } from './session-commit.js';
import { end, rotate, startAfresh } from './rotate.js';
import type { SessionInfo, SessionRemaining } from './session-info.js';
import { update } from './update.js';
import { requireWritable } from './write-guards.js';

export type { SessionInfo, SessionRemaining } from './session-info.js';

/** The session of one request, from the cookie to the commit. */
export class RequestSession implements SessionOwner {
  private readonly state: RequestState;
  private readonly serial: Serial;
  private readonly committing: SessionCommit;
  private loading: Promise<void> | undefined;
  private disowned = false;
  /** Application code has looked at the session: what it answers may depend on it. */
  looked = false;
  private extendedAt: number | undefined;

  /** @param admit has the last word about whether a session that was read goes on */
  constructor(
    engine: SessionEngine,
    facts: RequestFacts,
    private readonly admit?: (state: RequestState) => Promise<void>,
  ) {
    this.state = new RequestState(engine, facts, this);
    this.serial = new Serial((error) => {
      if (error instanceof SessionUnavailableException) this.state.unavailable = true;
    });
    this.committing = new SessionCommit(this.state, this.serial);
  }

  /** Reads the record, once. Never rejects: {@link session} tells what went wrong to whoever asks for it. */
  load(): Promise<void> {
    const { state } = this;
    return (this.loading ??= state.loaded ? Promise.resolve() : state.read(this.admit));
  }

  /** Whether {@link session} answers without the store. */
  get isLoaded(): boolean {
    return this.state.loaded;
  }

  /** The store was out of order when this request needed it. */
  get unavailable(): boolean {
    return this.state.unavailable;
  }

  /** The session that the browser sent made room for another one of its user. */
  get evicted(): boolean {
    return this.state.evicted;
  }

  /** Set once the first byte is on its way: from then on the browser cannot be given a cookie. */
  set headersSent(sent: boolean) {
    this.state.headersSent = sent;
  }

  /**
   * What `req.session` is; undefined after `destroy()` or `req.session = null`.
   * @throws `SessionUnavailableException` if the store is out of order, `SessionUsageError` if it was not loaded
   */
  get session(): LiveSession | undefined {
    this.looked = true;
    const { detached, failure, loaded } = this.state;
    return detached && loaded && !failure ? undefined : this.state.current().live;
  }

  /** What `req.sessionID` is. */
  get sessionId(): string | undefined {
    return this.state.id ?? this.session?.id;
  }

  /** There is a user in it. */
  get hasUser(): boolean {
    const { detached, working } = this.state;
    return (
      !detached &&
      working !== undefined &&
      'user' in working.live &&
      userIdOf({ user: working.live.user }) !== undefined
    );
  }

  /** Of the module. */
  get options(): ResolvedSessionOptions {
    return this.state.engine.options;
  }

  /** Of the request. */
  get method(): string {
    return this.state.facts.req.method ?? 'GET';
  }

  /** The id of a session that other requests may share; undefined for a new one. */
  get sharedId(): string | undefined {
    const { detached, working } = this.state;
    return detached || !working?.stored ? undefined : working.live.id;
  }

  info(): SessionInfo {
    const working = this.state.current();
    const { lastSeenAt, expiresAt } = working.stored?.record ?? working.record({});
    const { createdAt, authenticatedAt, facts } = working.times;
    const impersonatedBy = facts?.actor?.id;
    const handle = sessionHandle(working.live.id);
    return { handle, createdAt, authenticatedAt, lastSeenAt, expiresAt, impersonatedBy };
  }

  /** Undefined if nothing is stored. */
  remaining(): SessionRemaining | undefined {
    const { working, engine, detached } = this.state;
    if (!working?.stored || detached) return undefined;
    const { options } = engine;
    const { lastSeenAt } = working.stored.record;
    const seen = this.extendedAt ?? lastSeenAt;
    const { idle, absolute } = deadlinesOf({ ...working.record({}), lastSeenAt: seen }, options);
    return {
      expiresAt: instant(Math.min(idle, absolute)),
      idleExpiresAt: instant(idle),
      absoluteExpiresAt: instant(absolute),
      now: options.clock.now(),
    };
  }

  /** Use of the session in this request does not push its deadline on. */
  keepDeadline(): void {
    this.state.keepDeadline();
  }

  /** Pushes the idle deadline on now, due or not. */
  extend(): Promise<void> {
    return this.serial.run(async () => {
      const working = this.state.current();
      await this.committing.extend(working);
      this.extendedAt = this.state.engine.options.clock.now();
    });
  }

  /** Forgets the session for this request: `req.session = null`. */
  detach(): void {
    this.state.detached = true;
  }

  /** Saves and sends nothing for this request: the application has put something in place of the id that is none. */
  disown(): void {
    this.disowned = true;
  }

  /** Puts an empty session with a new id in place of this one, which somebody else has ended: `store.generate(req)`. */
  startOver(): void {
    const { state } = this;
    if (state.working) state.noteEnded(state.working);
    state.detached = false;
    state.working = state.begin();
  }

  /** The commit: called once, when the first byte is about to leave. A plain answer means nothing to wait for. */
  commit(): CookieAction | Promise<CookieAction> {
    return this.disowned ? { type: 'none' } : this.committing.run();
  }

  /** Saves what changed after the response began. A plain answer means that there is nothing to wait for. */
  commitLate(): undefined | Promise<void> {
    return this.disowned ? undefined : this.committing.runLate();
  }

  save(session: LiveSession): Promise<void> {
    return this.serial.run(async () => {
      const working = this.state.owned(session);
      requireWritable(this.state, 'save()', !working.stored);
      if (!(await this.state.persist(working))) throw new SessionGoneException();
    });
  }

  reload(session: LiveSession): Promise<void> {
    return this.serial.run(async () => {
      const { stored } = this.state.owned(session);
      const found = stored && (await this.state.engine.findFresh(this.state.engine.tokenOf(session.id, stored)));
      if (found?.status !== 'live') throw new SessionGoneException();
      this.state.working = this.state.adopt(session.id, found.stored);
    });
  }

  destroy(session: LiveSession): Promise<void> {
    return this.serial.run(() => end(this.state, this.state.owned(session), 'destroyed'));
  }

  regenerate(session: LiveSession): Promise<void> {
    return this.serial.run(() => startAfresh(this.state, this.state.owned(session)));
  }

  touch(session: LiveSession): void {
    if (this.state.working?.live === session) this.committing.touched = true;
  }

  /** Ends the session; an empty one takes its place. */
  logout(): Promise<void> {
    return this.serial.run(async () => {
      await end(this.state, this.state.current(), 'logout');
      this.state.detached = false;
    });
  }

  /** See {@link rotate}. */
  rotate(): Promise<void> {
    return this.serial.run(async () => void (await rotate(this.state)));
  }

  /** The id of who uses the session: the user, or who acts as him. Undefined if it is not loaded, or he is nobody. */
  get responsible(): string | number | undefined {
    const { working, detached } = this.state;
    if (!working || detached) return undefined;
    return working.times.facts?.actor?.id ?? userIdOf(working.values);
  }

  /** Looks at what the request and its session are. */
  view<T>(look: (state: RequestState) => T): T {
    return look(this.state);
  }

  /** Carries out an operation on what the request and its session are, after those before it. */
  perform<T>(operation: (state: RequestState) => T | Promise<T>): Promise<T> {
    return this.serial.run(() => operation(this.state));
  }

  /** See {@link update}. */
  update<T>(change: (values: SessionValues) => T): Promise<T> {
    return this.serial.run(() => update(this.state, change));
  }

  /** Shows what is in the store now, unless this request has changed something already. */
  refresh(): Promise<void> {
    return this.serial.run(async () => {
      const { state } = this;
      const { working } = state;
      if (!working?.stored || working.dataChanged) return;
      const found = await state.engine.findFresh(state.engine.tokenOf(working.live.id, working.stored));
      if (found.status !== 'live') throw state.gone(working);
      state.working = state.adopt(working.live.id, found.stored);
    });
  }
}

const instant = (at: number): number | null => (Number.isFinite(at) ? at : null);
