import type { IncomingMessage } from 'node:http';
import type { Cookie } from 'express-session';
import type { Ending, SessionValues } from '../core/record.js';
import { newCookie, restoreCookie } from '../engine/cookie-record.js';
import { subjectOf, type SubjectWithActor } from '../engine/event-reporter.js';
import type { HeldSession, PresentedSession, SessionEngine } from '../engine/session-engine.js';
import { dataJson, parseData } from '../engine/session-json.js';
import { requireSize } from '../engine/size-limit.js';
import { SessionGoneError, SessionRotatedError } from '../errors/session-state.errors.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEventMap } from '../events/session-events.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';
import { LiveSession, type SessionOwner } from './live-session.js';
import { noteClient, type ClientFacts } from './session-client.js';
import { deadlinesFor } from './session-deadlines.js';
import { WorkingSession, type SessionTimes } from './working-session.js';

/** What a request brought along. */
export interface RequestFacts {
  readonly req: IncomingMessage;
  /** What the cookie header carried that may be ours. */
  readonly tokens: readonly string[];
  /** A copy of the record that the browser sent along. */
  readonly copy?: string | undefined;
  /** The cookie was signed with a secret on its way out; it is sent again when the session is next written. */
  readonly staleSignature: boolean;
  /** Whether the request came over https. */
  readonly secure: boolean;
  /** What the cookie of a new session is like. */
  readonly cookie: ResolvedCookieOptions;
  /** Where it comes from: looked up when a session is written that is listed. */
  readonly client?: () => ClientFacts;
}

/** Where a request and its session stand: what its operations share. */
export class RequestState {
  /** Set once the first byte is on its way: from then on the browser cannot be given a cookie. */
  headersSent = false;
  /** The store was out of order when this request needed it. */
  unavailable = false;
  /** Why the record could not be read. */
  failure: Error | undefined;
  loaded: boolean;
  /** What `req.sessionID` is. */
  id: string | undefined;
  working: WorkingSession | undefined;
  /** The application has let go of the session: `req.session` is undefined. */
  detached = false;
  /** Every session of which the browser has shown a token, whether or not that opens it. */
  presented: PresentedSession[] = [];
  /** What the browser's cookie carries of the live session. */
  sentToken: string | undefined;
  /** The stored session is to be written anew although nothing changed. */
  outdated = false;
  /** The cookie of the session that the browser sent, if this request ended that session. */
  endedCookie: Cookie | undefined;
  /** The browser sent a token that a login, a logout or a rotation elsewhere has just replaced. */
  replaced = false;
  /** Why the browser's session is over, where that is known. */
  ending: Ending | undefined;
  /** The store was out of order, and the request goes on without it. */
  readOnly = false;
  /** The request does not count as use of the session. */
  keepsDeadline = false;

  constructor(
    readonly engine: SessionEngine,
    readonly facts: RequestFacts,
    private readonly owner: SessionOwner,
  ) {
    this.loaded = facts.tokens.length === 0;
  }

  /**
   * Reads the record. Never rejects: {@link failure} keeps what went wrong.
   * @param admit has the last word about whether the session goes on
   */
  async read(admit: ((state: RequestState) => Promise<void>) | undefined): Promise<void> {
    try {
      await this.find();
      if (this.working && admit) await admit(this);
    } catch (error) {
      this.unavailable = true;
      this.working = undefined;
      if (this.engine.options.onStoreError === 'anonymous') this.readOnly = true;
      else this.failure = error instanceof Error ? error : SessionStoreError.from(error);
    }
    this.loaded = true;
  }

  private async find(): Promise<void> {
    const live: { token: string; held: HeldSession; outdated: boolean }[] = [];
    for (const token of this.facts.tokens) {
      const found = await this.engine.find(token, this.facts.copy);
      const presented = found.status === 'live' ? found.held : found.presented;
      if (presented && !this.presented.some(({ key }) => key === presented.key)) this.presented.push(presented);
      if (found.status === 'live') live.push({ token, ...found });
      else if (found.status === 'replaced') this.replaced = true;
      else this.ending ??= found.ending;
    }
    const [only, other] = live;
    if (only && !other) {
      this.replaced = false;
      this.ending = undefined;
      this.sentToken = only.token;
      this.outdated = only.outdated;
      this.working = this.adopt(only.held);
    } else if (other) {
      this.engine.events.emit('invalid', { reason: 'ambiguous' });
    }
  }

  /** A new session, which no other request knows yet. */
  begin(values: SessionValues = {}, times?: SessionTimes): WorkingSession {
    const { options } = this.engine;
    const { req, secure, cookie } = this.facts;
    const begun = this.engine.begin(req);
    this.id = begun.id;
    const live = new LiveSession(this.owner, req, begun.id, values, newCookie(cookie, secure));
    return new WorkingSession(
      live,
      begun,
      times ?? { createdAt: options.clock.now(), ...deadlinesFor(options, undefined) },
      options,
    );
  }

  /** The session of a record. @param cookie of it, where this request has set what is stored */
  adopt(held: HeldSession, cookie = restoreCookie(held.stored.record.cookie)): WorkingSession {
    const { record } = held.stored;
    const id = this.engine.idOf(held);
    this.id = id;
    const live = new LiveSession(this.owner, this.facts.req, id, record.data, cookie);
    const working = new WorkingSession(live, held, record, this.engine.options);
    working.keepsDeadline = this.keepsDeadline;
    return working;
  }

  /** The session that a rotation or a login has stored, and that this request goes on with. */
  goOnWith(working: WorkingSession): void {
    this.detached = false;
    this.replaced = false;
    this.outdated = false;
    this.endedCookie = undefined;
    this.working = working;
  }

  /** Where the request comes from, where sessions are listed. */
  get client(): RequestFacts['client'] {
    return this.engine.directory && this.facts.client;
  }

  /** From now on the request does not count as use of the session. */
  keepDeadline(): void {
    this.keepsDeadline = true;
    if (this.working) this.working.keepsDeadline = true;
  }

  /** The session of the request. @throws if there is none, or it could not be read */
  current(): WorkingSession {
    if (this.failure !== undefined) throw this.failure;
    if (!this.loaded) throw SessionUsageError.notLoaded();
    if (this.detached) throw new SessionGoneError();
    return (this.working ??= this.begin());
  }

  /** As {@link current}, for a call on an object that may be an earlier session of the request. */
  owned(session: LiveSession): WorkingSession {
    if (this.working?.live !== session || this.detached) throw new SessionGoneError();
    return this.working;
  }

  /**
   * Writes the live session.
   * @param renewal nothing but its deadline is to change
   * @returns false if it is gone, which is then reported
   */
  async persist(working: WorkingSession, renewal = false): Promise<boolean> {
    noteClient(working, this.client);
    const changed = working.change();
    if (changed?.dataChanged) requireSize(changed.change.mine, this.engine.options, changed.json);
    const held = changed && (await this.told(working, this.engine.save(changed.held, { ...changed.change, renewal })));
    if (changed && !held) return false;
    this.outdated = false;
    if (!held) {
      await this.create(working);
      this.tellCreated(working);
      return true;
    }
    // What others have changed meanwhile is seen by the next request; this one goes on with what it has.
    working.markSaved(held, changed?.json);
    return true;
  }

  /** Stores a new session. @throws `SessionTooLargeError`, before anything is stored */
  async create(working: WorkingSession): Promise<void> {
    const { begun } = working;
    if (!begun) return;
    working.dateCookie();
    const json = dataJson(working.live);
    const values = parseData(json);
    requireSize(values, this.engine.options, json);
    working.markSaved(await this.engine.create(begun, working.record(values)), json);
  }

  tellCreated(working: WorkingSession): void {
    const session = this.describe(working);
    this.engine.events.emit('created', { ...session, reason: session.userId === undefined ? 'anonymous' : 'login' });
  }

  /** What came of a write; what it found is reported. @returns undefined if the session is gone */
  async told<Held extends HeldSession>(
    working: WorkingSession,
    write: Promise<Held | undefined>,
  ): Promise<Held | undefined> {
    try {
      const held = await write;
      if (!held) this.reject('ended', working);
      return held;
    } catch (error) {
      if (error instanceof SessionRotatedError) this.reject('rotated', working);
      throw error;
    }
  }

  /** Whether the browser has the cookie that this session needs, or another response brings it. */
  inBrowser({ held }: WorkingSession): boolean {
    if (!held) return false;
    return held.send === undefined || (held.send === this.sentToken && !this.facts.staleSignature);
  }

  /** Reports that another request ended the session. */
  gone(working: WorkingSession): SessionGoneError {
    this.reject('ended', working);
    return new SessionGoneError();
  }

  /** Reports that what the request changed is not saved. */
  reject(reason: SessionEventMap['rejected']['reason'], working = this.working): void {
    if (working) this.engine.events.emit('rejected', { ...this.describe(working), reason });
    else for (const { handle } of this.presented) this.engine.events.emit('rejected', { handle, reason });
  }

  /** The session as events name it: as it was stored last. */
  describe({ handle, held, times }: WorkingSession): SubjectWithActor {
    return { handle, ...subjectOf(held?.stored.record.data, times.facts) };
  }
}
