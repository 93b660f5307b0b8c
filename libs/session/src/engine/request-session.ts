import type { IncomingMessage } from 'node:http';
import type { Cookie } from 'express-session';
import { isRenewalDue } from '../core/expiry.js';
import { mergeSessions } from '../core/merge.js';
import type { SessionValues } from '../core/record.js';
import { sessionHandle } from '../core/session-id.js';
import { SessionGoneException } from '../errors/session-gone.exception.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEventMap } from '../events/session-events.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { decideCommit, type CommitDecision, type CookieAction } from './commit-decision.js';
import { LiveSession, type SessionOwner } from './live-session.js';
import type { ServerEngine } from './server.engine.js';
import { newCookie, restoreCookie } from './session-cookie-attributes.js';
import { dataJson, parseData } from './session-data.js';
import { userIdOf } from './user-id.js';
import { WorkingSession, type SessionTimes } from './working-session.js';

/** What a request brought along. */
export interface RequestFacts {
  readonly req: IncomingMessage;
  /** Ids from the cookie header whose signature holds. */
  readonly ids: readonly string[];
  /** The cookie was signed with a secret on its way out; it is sent again when the session is next written. */
  readonly staleSignature: boolean;
  /** Whether the request came over https. */
  readonly secure: boolean;
  /** What the cookie of a new session is like. */
  readonly cookie: ResolvedCookieOptions;
}

/** What a login asks for. */
export interface LoginRequest {
  readonly user: object;
  /** Keys of the session before that are carried over. */
  readonly keep: readonly string[];
  /** Milliseconds that the browser keeps the cookie and the session lives. */
  readonly remember: number | undefined;
}

/** Public facts about a session. All times are milliseconds since the epoch. */
export interface SessionInfo {
  /** Public name: the same in events and logs, and not reversible to the id. */
  readonly handle: string;
  readonly createdAt: number;
  /** Undefined while nobody is logged in. */
  readonly authenticatedAt: number | undefined;
  /** The last time that the idle deadline was pushed on; throttled, so up to 10 % of the idle timeout old. */
  readonly lastSeenAt: number;
  /** When the session ends if it is not used again. */
  readonly expiresAt: number;
}

const NO_COOKIE: CookieAction = { type: 'none' };

/** The session of one request, from the cookie to the commit. */
export class RequestSession implements SessionOwner {
  /** Set once the first byte is on its way: from then on the browser cannot be given a cookie. */
  headersSent = false;
  /** The store was out of order when this request needed it. */
  unavailable = false;
  private id: string | undefined;
  private loading: Promise<void> | undefined;
  private loaded: boolean;
  private failure: Error | undefined;
  private working: WorkingSession | undefined;
  private detached = false;
  private disowned = false;
  /** The id that the browser has, if it named a live session. */
  private sentId: string | undefined;
  /** The cookie of the session that the browser sent, if that session ended in this request. */
  private endedCookie: Cookie | undefined;
  private rotatedAway = false;
  private readOnly = false;
  private touched = false;
  private tail: Promise<unknown> | undefined;

  constructor(
    private readonly engine: ServerEngine,
    private readonly facts: RequestFacts,
  ) {
    this.loaded = facts.ids.length === 0;
  }

  /** Reads the record, once. Never rejects: {@link session} tells what went wrong to whoever asks for it. */
  load(): Promise<void> {
    return (this.loading ??= this.loaded ? Promise.resolve() : this.read());
  }

  /** Whether {@link session} answers without the store. */
  get isLoaded(): boolean {
    return this.loaded;
  }

  /**
   * What `req.session` is; undefined after `destroy()` or `req.session = null`.
   * @throws `SessionUnavailableException` if the store is out of order, `SessionUsageError` if it was not loaded
   */
  get session(): LiveSession | undefined {
    if (this.failure !== undefined) throw this.failure;
    if (!this.loaded) throw SessionUsageError.notLoaded();
    if (this.detached) return undefined;
    return (this.working ??= this.begin()).live;
  }

  /** Of the request. */
  get method(): string {
    return this.facts.req.method ?? 'GET';
  }

  /** What `req.sessionID` is. */
  get sessionId(): string | undefined {
    return this.id ?? this.session?.id;
  }

  /** Forgets the session for this request: `req.session = null`. */
  detach(): void {
    this.detached = true;
  }

  /** Saves and sends nothing for this request: the application has put something in place of the id that is none. */
  disown(): void {
    this.disowned = true;
  }

  /** Puts an empty session with a new id in place of this one, which somebody else has ended: `store.generate(req)`. */
  startOver(): void {
    if (this.working) this.noteEnded(this.working);
    this.detached = false;
    this.working = this.begin();
  }

  info(): SessionInfo {
    const working = this.current();
    const { lastSeenAt, expiresAt } = working.stored?.record ?? working.record({});
    const { createdAt, authenticatedAt } = working.times;
    return { handle: sessionHandle(working.live.id), createdAt, authenticatedAt, lastSeenAt, expiresAt };
  }

  /**
   * Saves, creates, renews or destroys what this request made of its session, and says what becomes of the cookie.
   * Called once, when the first byte is about to leave. A plain answer means that there is nothing to wait for.
   */
  commit(): CookieAction | Promise<CookieAction> {
    if (!this.loaded || this.failure !== undefined || this.disowned) return NO_COOKIE;
    if (this.tail) return this.serial(() => this.carryOut(this.decide()));
    const decision = this.decide();
    switch (decision.write) {
      case 'refused':
        return this.refuse(decision.refused);
      case 'none':
        return this.cookieAction(decision.cookie);
      case 'renew':
        if (decision.cookie === 'set') return this.serial(() => this.carryOut(decision));
        // Never delays the response. The engine reports a failure, and the next request tries again.
        this.serial(() => this.carryOut(decision)).catch(() => undefined);
        return NO_COOKIE;
      default:
        return this.serial(() => this.carryOut(decision));
    }
  }

  /** Saves what changed after the response began. A plain answer means that there is nothing to wait for. */
  commitLate(): undefined | Promise<void> {
    const { working } = this;
    if (!working || this.detached || this.disowned || !working.dataChanged) return undefined;
    if (working.stored) return this.serial(async () => void (await this.persist(working)));
    this.reject('headers-sent', working);
    return undefined;
  }

  save(session: LiveSession): Promise<void> {
    return this.serial(async () => {
      const working = this.owned(session);
      this.requireWritable('save()', !working.stored);
      if (!(await this.persist(working))) throw new SessionGoneException();
    });
  }

  reload(session: LiveSession): Promise<void> {
    return this.serial(async () => {
      const { stored } = this.owned(session);
      const found = stored && (await this.engine.find(session.id));
      if (found?.status !== 'live') throw new SessionGoneException();
      this.working = this.adopt(session.id, found.stored);
    });
  }

  destroy(session: LiveSession): Promise<void> {
    return this.serial(() => this.end(this.owned(session), 'destroyed'));
  }

  /** Ends the session; an empty one takes its place. */
  logout(): Promise<void> {
    return this.serial(async () => {
      await this.end(this.current(), 'logout');
      this.detached = false;
    });
  }

  regenerate(session: LiveSession): Promise<void> {
    return this.serial(async () => {
      const old = this.owned(session);
      if (old.stored) {
        await this.engine.retire(session.id);
        this.noteEnded(old);
        this.engine.events.emit('destroyed', this.engine.describe(session.id, old.stored.record.data));
      }
      this.working = this.begin();
    });
  }

  touch(session: LiveSession): void {
    if (this.working?.live === session) this.touched = true;
  }

  /** A new id, deadlines that start anew, the user in it; saved when this resolves. */
  login({ user, keep, remember }: LoginRequest): Promise<void> {
    return this.serial(async () => {
      // Whoever proves who they are may begin a session, also with an id that has just been rotated away.
      this.rotatedAway = false;
      this.requireWritable('login()', true);
      const now = this.engine.options.clock.now();
      const times = {
        createdAt: now,
        authenticatedAt: now,
        ...(remember !== undefined && { absoluteTimeout: remember }),
      };
      const old = this.detached ? undefined : this.working;
      const values = old ? await this.takeOver(old, true) : {};
      const fresh = this.begin({ ...pick(values, keep), user }, times);
      if (remember !== undefined) fresh.live.cookie.originalMaxAge = remember;
      await this.replace(fresh, old);
      this.engine.events.emit('login', this.engine.describe(fresh.live.id, fresh.base));
    });
  }

  /** A new id for the same visitor, with the same values and deadlines; saved when this resolves. */
  rotate(): Promise<void> {
    return this.serial(async () => {
      const old = this.current();
      this.requireWritable('regenerate()', true);
      const values = await this.takeOver(old, false);
      const fresh = this.begin(values, old.times);
      fresh.live.cookie = old.live.cookie;
      if (old.stored || old.dataChanged) await this.replace(fresh, old);
      else this.working = fresh;
    });
  }

  /** Changes stored values by a function that runs again on fresh values until nobody came in between. */
  update<T>(change: (values: SessionValues) => T): Promise<T> {
    return this.serial(async () => {
      const working = this.current();
      this.requireWritable('update()', !working.stored);
      let answer!: T;
      const apply = (before: SessionValues): SessionValues => {
        const values = structuredClone(before);
        answer = change(values);
        if (answer instanceof Promise) {
          answer.catch(noop);
          throw SessionUsageError.asyncUpdate();
        }
        return parseData(dataJson(values));
      };
      if (!working.stored) {
        working.show(apply(working.values));
        await this.persist(working);
        return answer;
      }
      if (working.dataChanged && !(await this.persist(working))) throw new SessionGoneException();
      const stored = await this.engine.update(working.live.id, working.stored, (theirs) => ({
        ...theirs,
        data: apply(theirs.data),
      }));
      if (!stored) throw this.gone(working);
      working.show(stored.record.data);
      working.inStep(stored, working.values);
      return answer;
    });
  }

  /** Shows what is in the store now, unless this request has changed something already. */
  refresh(): Promise<void> {
    return this.serial(async () => {
      const { working } = this;
      if (!working?.stored || working.dataChanged) return;
      const found = await this.engine.find(working.live.id);
      if (found.status !== 'live') throw this.gone(working);
      this.working = this.adopt(working.live.id, found.stored);
    });
  }

  /** The id of a session that other requests may share; undefined for a new one. */
  get sharedId(): string | undefined {
    return this.detached || !this.working?.stored ? undefined : this.working.live.id;
  }

  private async read(): Promise<void> {
    try {
      const live: [id: string, stored: StoredSession][] = [];
      for (const id of this.facts.ids) {
        const found = await this.engine.find(id);
        if (found.status === 'live') live.push([id, found.stored]);
        else if (found.status === 'rotated') this.rotatedAway = true;
      }
      const [only] = live;
      if (only && live.length === 1) {
        this.rotatedAway = false;
        this.sentId = only[0];
        this.working = this.adopt(...only);
      } else if (live.length > 1) {
        this.engine.events.emit('invalid', { reason: 'ambiguous' });
      }
    } catch (error) {
      this.unavailable = true;
      if (this.engine.options.onStoreError === 'anonymous') this.readOnly = true;
      else this.failure = error instanceof Error ? error : new SessionUnavailableException(error);
    }
    this.loaded = true;
  }

  private begin(values: SessionValues = {}, times?: SessionTimes): WorkingSession {
    const { options } = this.engine;
    const { req, secure, cookie } = this.facts;
    this.id = options.genid(req);
    const live = new LiveSession(this, req, values, newCookie(cookie, secure));
    return new WorkingSession(live, times ?? { createdAt: options.clock.now() }, undefined, options);
  }

  private adopt(id: string, stored: StoredSession): WorkingSession {
    const { record } = stored;
    this.id = id;
    const live = new LiveSession(this, this.facts.req, record.data, restoreCookie(record.cookie));
    return new WorkingSession(live, timesOf(record), stored, this.engine.options);
  }

  private current(): WorkingSession {
    void this.session;
    if (!this.working || this.detached) throw new SessionGoneException();
    return this.working;
  }

  private owned(session: LiveSession): WorkingSession {
    if (this.working?.live !== session || this.detached) throw new SessionGoneException();
    return this.working;
  }

  private requireWritable(what: string, givesCookie: boolean): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.readOnly) throw new SessionUnavailableException(SessionUsageError.readOnly());
    if (this.rotatedAway) {
      this.reject('rotated');
      throw new SessionGoneException();
    }
    if (!givesCookie) return;
    if (this.headersSent) throw SessionUsageError.headersSent(`${what} was called`);
    if (this.cookieSecure() && !this.facts.secure) throw SessionUsageError.insecureTransport(this.insecureCause());
  }

  private decide(): CommitDecision {
    const { options } = this.engine;
    if (this.detached) {
      const destroy = options.unset === 'destroy' && this.working?.stored !== undefined;
      return { write: destroy ? 'destroy' : 'none', cookie: destroy || this.endedCookie ? 'clear' : 'none' };
    }
    if (!this.working) {
      if (!options.saveUninitialized) return { write: 'none', cookie: this.endedCookie ? 'clear' : 'none' };
      this.working = this.begin();
    }
    const { working } = this;
    const { stored } = working;
    return decideCommit({
      isNew: !stored,
      inBrowser: working.live.id === this.sentId && !this.facts.staleSignature,
      // A record that express-session wrote gets our fields, without which it has no absolute deadline.
      dataChanged: working.dataChanged || stored?.record.lastSeenAt === 0,
      cookieChanged: working.cookieChanged,
      persistent: working.persistent,
      renewalDue: stored !== undefined && isRenewalDue(stored.record, options, options.clock.now()),
      touched: this.touched,
      endedSent: this.endedCookie !== undefined,
      refused: stored ? undefined : this.refusal(),
      rolling: options.rolling,
      resave: options.resave,
      saveUninitialized: options.saveUninitialized,
    });
  }

  private async carryOut(decision: CommitDecision): Promise<CookieAction> {
    const { working } = this;
    if (decision.write === 'refused') return this.refuse(decision.refused);
    if (working && decision.write === 'destroy') await this.end(working, 'destroyed');
    if (working && decision.write === 'save' && !(await this.persist(working))) return NO_COOKIE;
    if (working && decision.write === 'renew' && !(await this.renew(working))) return NO_COOKIE;
    return this.cookieAction(decision.cookie);
  }

  private cookieAction(action: 'none' | 'set' | 'clear'): CookieAction {
    const { working, endedCookie } = this;
    if (action === 'clear' && endedCookie) return { type: 'clear', cookie: endedCookie };
    if (action !== 'set' || !working) return NO_COOKIE;
    if (this.cookieSecure() && !this.facts.secure) return { type: 'withheld', cause: this.insecureCause() };
    return { type: 'set', id: working.live.id, cookie: working.live.cookie };
  }

  private refusal(): 'rotated' | 'read-only' | 'insecure' | undefined {
    if (this.rotatedAway) return 'rotated';
    if (this.readOnly) return 'read-only';
    return this.cookieSecure() && !this.facts.secure ? 'insecure' : undefined;
  }

  private refuse(refused: 'rotated' | 'read-only' | 'insecure'): CookieAction {
    if (refused === 'insecure') return { type: 'withheld', cause: this.insecureCause() };
    this.reject(refused);
    return NO_COOKIE;
  }

  /** Writes the live session. @returns false if it is gone, which is then reported */
  private async persist(working: WorkingSession): Promise<boolean> {
    const { live, stored, base, values } = working;
    working.dateCookie();
    const mine = working.record(values);
    const saved = stored
      ? await this.engine.save(live.id, { base, mine, stored })
      : await this.engine.create(live.id, mine);
    if (saved) working.inStep(saved, values);
    else this.gone(working);
    return saved !== undefined;
  }

  private async renew(working: WorkingSession): Promise<boolean> {
    const { live, stored } = working;
    if (!stored) return false;
    working.dateCookie();
    const renewed = await this.engine.renew(live.id, stored, working.record({}).cookie);
    if (!renewed) this.gone(working);
    return renewed;
  }

  private async end(working: WorkingSession, event: 'destroyed' | 'logout'): Promise<void> {
    const { stored, live } = working;
    // Deleted first: a session that the store could not end stays in the browser and in this request.
    if (stored) await this.engine.delete(live.id);
    this.noteEnded(working);
    this.working = undefined;
    this.detached = true;
    if (stored) this.engine.events.emit(event, this.engine.describe(live.id, stored.record.data));
  }

  /** Ends the session that another one replaces. @returns its values, with the last change of everybody */
  private async takeOver(old: WorkingSession, login: boolean): Promise<SessionValues> {
    const { stored, values, base } = old;
    if (!stored) return values;
    const last = await this.engine.retire(old.live.id);
    if (last) return mergeSessions(base, values, last.record.data, this.engine.options.resolve).data;
    // Somebody ended it meanwhile. A login may begin a new session all the same, but nothing of a user comes back.
    if (!login) throw this.gone(old);
    return userIdOf(stored.record.data) === undefined ? values : {};
  }

  private async replace(fresh: WorkingSession, old: WorkingSession | undefined): Promise<void> {
    try {
      await this.persist(fresh);
      if (old) this.noteEnded(old);
      this.detached = false;
      this.working = fresh;
    } catch (error) {
      // What could not be saved must not be tried again when the error is answered.
      this.working = undefined;
      throw error;
    }
    if (!old?.stored) return;
    const { id } = fresh.live;
    this.engine.events.emit('rotated', {
      ...this.engine.describe(id, fresh.base),
      previous: sessionHandle(old.live.id),
    });
  }

  private noteEnded({ live }: WorkingSession): void {
    if (live.id === this.sentId) this.endedCookie = live.cookie;
  }

  private gone(working: WorkingSession): SessionGoneException {
    this.reject('ended', working);
    return new SessionGoneException();
  }

  private reject(reason: SessionEventMap['rejected']['reason'], working = this.working): void {
    if (!working) return;
    this.engine.events.emit('rejected', {
      ...this.engine.describe(working.live.id, working.stored?.record.data),
      reason,
    });
  }

  private cookieSecure(): boolean {
    return (this.working?.live.cookie.secure ?? this.facts.cookie.secure) === true;
  }

  private insecureCause(): string {
    const proto = this.facts.req.headers['x-forwarded-proto'];
    return proto === undefined
      ? 'no TLS on the connection'
      : `it says X-Forwarded-Proto: ${JSON.stringify(proto)}, which is not trusted`;
  }

  /** One operation after the other, also when the application does not wait for them. */
  private serial<T>(operation: () => T | Promise<T>): Promise<T> {
    const result = (this.tail ?? Promise.resolve()).then(operation);
    const note = (error: unknown) => void (this.unavailable ||= error instanceof SessionUnavailableException);
    const tail: Promise<unknown> = result.then(noop, note).then(() => {
      if (this.tail === tail) this.tail = undefined;
    });
    this.tail = tail;
    return result;
  }
}

const noop = () => undefined;

const timesOf = ({ createdAt, authenticatedAt, absoluteTimeout }: SessionTimes): SessionTimes => ({
  createdAt,
  ...(authenticatedAt !== undefined && { authenticatedAt }),
  ...(absoluteTimeout !== undefined && { absoluteTimeout }),
});

const pick = (values: SessionValues, keys: readonly string[]): SessionValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
