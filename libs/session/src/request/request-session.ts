import { deadlinesOf } from '../core/deadlines.js';
import type { SessionValues } from '../core/record.js';
import { userIdOf } from '../core/user-id.js';
import type { SessionEngine } from '../engine/session-engine.js';
import { SessionContextError } from '../errors/session-context.error.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import { end, startAfresh } from './end.js';
import type { LiveSession, SessionOwner } from './live-session.js';
import { RequestState, type RequestFacts } from './request-state.js';
import { readAgain, readSession } from './read-session.js';
import { rotate } from './rotate.js';
import { extend } from './session-commit.js';
import type { SessionInfo, SessionRemaining } from './session-info.js';
import { update } from './update.js';
import type { WorkingSession } from './working-session.js';
import { requireWritable } from './write-guards.js';

export type { SessionInfo, SessionRemaining } from './session-info.js';

/** The session of one request, from the cookie to the commit. */
export class RequestSession implements SessionOwner {
  /** The request and its session. */
  readonly state: RequestState;
  private loading: Promise<void> | undefined;
  /** Application code has read the session, so the response may depend on it. */
  looked = false;
  /** A guard has admitted the request because of its session. */
  guarded = false;
  private extendedAt: number | undefined;
  /** The response of this request, if the session ends with it. */
  response: { readonly isOver: boolean } | undefined;

  /**
   * @param admit may end a session that was read
   * @param translate converts the errors of this library for callers
   */
  constructor(
    engine: SessionEngine,
    facts: RequestFacts,
    private readonly admit?: (state: RequestState) => Promise<void>,
    private readonly translate: (error: unknown) => unknown = (error) => error,
  ) {
    this.state = new RequestState(engine, facts, this);
  }

  /** Reads the record, once. Never rejects: reading {@link session} throws the error. */
  load(): Promise<void> {
    const { state } = this;
    return (this.loading ??= state.loaded ? Promise.resolve() : readSession(state, this.admit));
  }

  /** The request was answered, and its response is closed: what goes on is not done for it. */
  get isOver(): boolean {
    return this.response?.isOver === true;
  }

  /**
   * The value of `req.session`; undefined after `destroy()` or `req.session = null`.
   * @throws `SessionStoreError` during an outage of the store, `SessionUsageError` if it was not loaded
   */
  get session(): LiveSession | undefined {
    this.looked = true;
    const { detached, failure, loaded, working } = this.state;
    if (working && loaded && !detached && failure === undefined) return working.live;
    return detached && loaded && !failure ? undefined : this.current().live;
  }

  /** A guard admits the request because of its session. @throws `SessionUsageError` if its user was assigned */
  admitted(): void {
    this.state.working?.requireOwnUser();
    this.guarded = true;
  }

  /** The value of `req.sessionID`. */
  get sessionId(): string | undefined {
    return this.state.id ?? this.session?.id;
  }

  /** The key of a session that other requests may share; undefined for a new one. */
  get sharedKey(): string | undefined {
    const { detached, working } = this.state;
    return detached ? undefined : working?.held?.key;
  }

  /** The public name of a session that is stored; undefined for a new one. */
  get handle(): string | undefined {
    const { detached, working } = this.state;
    return detached ? undefined : working?.held?.handle;
  }

  info(): SessionInfo {
    const working = this.current();
    const { handle, facts, times, held } = working;
    const { lastSeenAt, expiresAt } = held?.stored.record ?? working.record({});
    const { createdAt, authenticatedAt } = times;
    const impersonatedBy = facts.actor?.id;
    return { handle, createdAt, authenticatedAt, lastSeenAt, expiresAt, impersonatedBy };
  }

  /** Undefined if nothing is stored. */
  remaining(): SessionRemaining | undefined {
    const { working, engine, detached } = this.state;
    if (!working?.held || detached) return undefined;
    const { options } = engine;
    const { lastSeenAt } = working.held.stored.record;
    const seen = this.extendedAt ?? lastSeenAt;
    const { idle, absolute } = deadlinesOf({ ...working.record({}), lastSeenAt: seen }, options);
    return {
      expiresAt: instant(Math.min(idle, absolute)),
      idleExpiresAt: instant(idle),
      absoluteExpiresAt: instant(absolute),
      now: options.clock.now(),
    };
  }

  /** This request does not renew the session. */
  keepDeadline(): void {
    this.state.keepDeadline();
  }

  /** Renews the session now, due or not. */
  extend(): Promise<void> {
    return this.run(async () => {
      const working = this.state.current();
      await extend(this.state, working);
      this.extendedAt = this.state.engine.options.clock.now();
    });
  }

  /** Forgets the session for this request: `req.session = null`. */
  detach(): void {
    this.state.detached = true;
  }

  /** Saves and sends nothing for this request, because the application has replaced the id by an invalid value. */
  disown(): void {
    this.state.disowned = true;
  }

  /** Replaces this session, which other code has ended, by an empty one with a new id: `store.generate(req)`. */
  startOver(): void {
    const { state } = this;
    if (state.working?.isStored) state.endedCookie = state.working.live.cookie;
    state.detached = false;
    state.working = state.begin();
  }

  save(session: LiveSession): Promise<void> {
    return this.runOn('save()', async () => {
      const working = this.state.owned(session);
      requireWritable(this.state, 'save()', !working.isStored);
      if (!(await this.state.persist(working))) throw new SessionGoneError();
    });
  }

  reload(session: LiveSession): Promise<void> {
    return this.runOn('reload()', async () => {
      await readAgain(this.state, this.state.owned(session));
    });
  }

  destroy(session: LiveSession): Promise<void> {
    return this.runOn('destroy()', async () => {
      this.state.owned(session);
      await end(this.state, 'destroyed');
    });
  }

  regenerate(session: LiveSession): Promise<void> {
    return this.runOn('regenerate()', () => startAfresh(this.state, this.state.owned(session)));
  }

  touch(session: LiveSession): void {
    if (this.state.working?.live === session) this.state.touched = true;
  }

  /** Ends the session and replaces it by an empty one. */
  logout(): Promise<void> {
    return this.run(async () => {
      if (this.state.failure !== undefined) throw this.state.failure;
      await end(this.state, 'logout');
      this.state.detached = false;
    });
  }

  /** See {@link rotate}. */
  rotate(): Promise<void> {
    return this.run(async () => void (await rotate(this.state)));
  }

  /** The id of the user, or of the actor of an impersonation. Undefined if the session is not loaded, or has no user. */
  get responsible(): string | number | undefined {
    const { working, detached } = this.state;
    if (!working || detached) return undefined;
    return working.times.facts?.actor?.id ?? userIdOf({ user: working.value('user') });
  }

  /** Reads the state of the request. */
  view<T>(look: (state: RequestState) => T): T {
    try {
      return look(this.state);
    } catch (error) {
      throw this.translate(error);
    }
  }

  /** Runs an operation on the state of the request, after those before it. */
  perform<T>(operation: (state: RequestState) => T | Promise<T>): Promise<T> {
    return this.run(() => operation(this.state));
  }

  /** See {@link update}. */
  update<T>(change: (values: SessionValues) => T): Promise<T> {
    return this.run(() => update(this.state, change));
  }

  /** Shows the stored values, unless this request has changed something already. */
  refresh(): Promise<void> {
    return this.run(async () => {
      const { state } = this;
      const { working } = state;
      if (working?.isStored && !working.dataChanged) await readAgain(this.state, working);
    });
  }

  private current(): WorkingSession {
    return this.view((state) => state.current());
  }

  /** As {@link run}, for a call on an object that may have been kept for longer than its request. */
  private async runOn<T>(what: string, operation: () => T | Promise<T>): Promise<T> {
    if (this.isOver) throw SessionContextError.requestOver(`session.${what}`);
    return this.run(operation);
  }

  private async run<T>(operation: () => T | Promise<T>): Promise<T> {
    try {
      return await this.state.inTurn(operation);
    } catch (error) {
      throw this.translate(error);
    }
  }
}

const instant = (at: number): number | null => (Number.isFinite(at) ? at : null);
