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
import { Serial } from './serial.js';
import { noteClient, type ClientFacts } from './session-client.js';
import { deadlinesFor } from './session-deadlines.js';
import { WorkingSession, type SessionTimes } from './working-session.js';

/** The facts of a request. */
export interface RequestFacts {
  readonly req: IncomingMessage;
  /** The tokens in the Cookie header that may be valid. */
  readonly tokens: readonly string[];
  /** A copy of the record from the browser. */
  readonly copy?: string | undefined;
  /** The cookie was signed with an older secret; it is sent again when the session is next written. */
  readonly staleSignature: boolean;
  /** Whether the request came over https. */
  readonly secure: boolean;
  /** The attributes of a new session's cookie. */
  readonly cookie: ResolvedCookieOptions;
  /** Facts about the client, for sessions that are listed. */
  readonly client?: () => ClientFacts;
}

/** The state of a request and its session, shared by all operations. */
export class RequestState {
  /** Set before the first byte is sent. After that no cookie can be set. */
  headersSent = false;
  /** There was an outage of the store when this request needed it. */
  unavailable = false;
  /** Why the record could not be read. */
  failure: Error | undefined;
  loaded: boolean;
  /** The value of `req.sessionID`. */
  id: string | undefined;
  working: WorkingSession | undefined;
  /** The application has removed the session: `req.session` is undefined. */
  detached = false;
  /** All sessions of which the browser has sent a token, valid or not. */
  presented: PresentedSession[] = [];
  /** The token of the live session in the browser's cookie. */
  sentToken: string | undefined;
  /** The stored session has to be written again, even without a change. */
  outdated = false;
  /** The cookie of the session that the browser sent, if this request ended that session. */
  endedCookie: Cookie | undefined;
  /** The browser sent a token that a login, a logout or a rotation elsewhere has just replaced. */
  replaced = false;
  /** Why the browser's session is over, if known. */
  ending: Ending | undefined;
  /** There was an outage, and the request continues with an empty read-only session. */
  readOnly = false;
  /** The request does not count as use of the session. */
  keepsDeadline = false;
  /** The application asked for a renewal. */
  touched = false;
  /** The session was renewed already, and the cookie has to follow. */
  extended = false;
  /** The application replaced the id with something that is none: nothing is saved or sent. */
  disowned = false;
  /** Operations on the session; undefined before the first one. */
  serial: Serial | undefined;

  constructor(
    readonly engine: SessionEngine,
    readonly facts: RequestFacts,
    private readonly owner: SessionOwner,
  ) {
    this.loaded = facts.tokens.length === 0;
  }

  /** Runs an operation after those before it. */
  inTurn<T>(operation: () => T | Promise<T>): Promise<T> {
    this.serial ??= new Serial((error) => {
      if (error instanceof SessionStoreError) this.unavailable = true;
    });
    return this.serial.run(operation);
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

  /** Continues with the session that a rotation or a login has stored. */
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
   * @param renewal whether only the deadline changes
   * @returns false if it is gone, which is then reported
   */
  async persist(working: WorkingSession, renewal = false): Promise<boolean> {
    noteClient(working, this.client);
    const changed = working.change();
    if (changed?.dataChanged) requireSize(changed.change.mine, this.engine.options, changed.json);
    const held =
      changed && (await this.reported(working, this.engine.save(changed.held, { ...changed.change, renewal })));
    if (changed && !held) return false;
    this.outdated = false;
    if (!held) {
      await this.create(working);
      this.reportCreated(working);
      return true;
    }
    // Concurrent changes are visible to the next request. This one continues with its own values.
    working.markSaved(held, changed?.json);
    return true;
  }

  /** Stores a new session. @throws `SessionTooLargeError`, before anything is stored */
  async create(working: WorkingSession): Promise<void> {
    const { begun } = working;
    if (!begun) return;
    working.requireOwnUser();
    working.dateCookie();
    const json = dataJson(working.live);
    const values = parseData(json);
    requireSize(values, this.engine.options, json);
    working.markSaved(await this.engine.create(begun, working.record(values)), json);
  }

  reportCreated(working: WorkingSession): void {
    const session = this.describe(working);
    this.engine.events.emit('created', { ...session, reason: session.userId === undefined ? 'anonymous' : 'login' });
  }

  /** Reports what a write found, such as conflicts. @returns undefined if the session is gone */
  async reported<Held extends HeldSession>(
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

  /** Reports that another request ended the session. */
  gone(working: WorkingSession): SessionGoneError {
    this.reject('ended', working);
    return new SessionGoneError();
  }

  /** Reports that the changes of the request are not saved. */
  reject(reason: SessionEventMap['rejected']['reason'], working = this.working): void {
    if (working) this.engine.events.emit('rejected', { ...this.describe(working), reason });
    else for (const { handle } of this.presented) this.engine.events.emit('rejected', { handle, reason });
  }

  /** The session for events, as it was last stored. */
  describe({ handle, held, times }: WorkingSession): SubjectWithActor {
    return { handle, ...subjectOf(held?.stored.record.data, times.facts) };
  }
}
