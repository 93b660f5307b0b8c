import type { IncomingMessage } from 'node:http';
import type { Cookie } from 'express-session';
import type { SessionValues } from '../core/record.js';
import { SessionGoneException } from '../errors/session-gone.exception.js';
import { SessionRotatedException } from '../errors/session-rotated.exception.js';
import { SessionUnavailableException } from '../errors/session-unavailable.exception.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { SessionEventMap } from '../events/session-events.js';
import type { ResolvedCookieOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import { deadlinesFor } from './session-deadlines.js';
import { LiveSession, type SessionOwner } from './live-session.js';
import { requireSize } from './size-limit.js';
import { noteClient, type ClientFacts } from './session-client.js';
import type { Found, Saved, SessionEngine } from '../engine/session-engine.js';
import { newCookie, restoreCookie } from '../engine/cookie-record.js';
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
  /** The id of the session that the request has now. */
  id: string | undefined;
  working: WorkingSession | undefined;
  /** The application has let go of the session: `req.session` is undefined. */
  detached = false;
  /** The id that the browser has, if it named a live session. */
  sentId: string | undefined;
  /** What the browser's cookie carries for {@link sentId}. */
  sentToken: string | undefined;
  /** The stored session is to be written anew although nothing changed. */
  outdated = false;
  /** The cookie of the session that the browser sent, if that session ended in this request. */
  endedCookie: Cookie | undefined;
  /** The browser sent an id that a login elsewhere has just replaced. */
  rotatedAway = false;
  /** The browser's session made room for another one of its user. */
  evicted = false;
  /** The store was out of order, and the request goes on without it. */
  readOnly = false;
  /** The request does not count as use of the session. */
  keepsDeadline = false;
  /** The id that the browser sent, if the session goes by another one since a moment ago: it can be read. */
  private lateId: string | undefined;

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
      const live: [token: string, found: Found & { status: 'live' }][] = [];
      for (const token of this.facts.tokens) {
        const found = await this.engine.find(token, this.facts.copy);
        if (found.status === 'live') live.push([token, found]);
        else if (found.status === 'rotated') this.rotatedAway = true;
        else if (found.status === 'evicted') this.evicted = true;
      }
      const [only] = live;
      if (only && live.length === 1) {
        this.rotatedAway = false;
        this.evicted = false;
        const [token, { id, stored, outdated, late }] = only;
        if (late) this.lateId = id;
        this.sentId = id;
        this.sentToken = token;
        this.outdated = outdated;
        this.working = this.adopt(id, stored);
        if (admit) await admit(this);
      } else if (live.length > 1) {
        this.engine.events.emit('invalid', { reason: 'ambiguous' });
      }
    } catch (error) {
      this.unavailable = true;
      this.working = undefined;
      if (this.engine.options.onStoreError === 'anonymous') this.readOnly = true;
      else this.failure = error instanceof Error ? error : new SessionUnavailableException(error);
    }
    this.loaded = true;
  }

  /** A new session, which nobody knows yet. */
  begin(values: SessionValues = {}, times?: SessionTimes): WorkingSession {
    const { options } = this.engine;
    const { req, secure, cookie } = this.facts;
    this.id = options.genid(req);
    const live = new LiveSession(this.owner, req, values, newCookie(cookie, secure));
    return new WorkingSession(
      live,
      times ?? { createdAt: options.clock.now(), ...deadlinesFor(options, undefined) },
      undefined,
      options,
    );
  }

  /** The session of a record. */
  adopt(id: string, stored: StoredSession): WorkingSession {
    const { record } = stored;
    this.id = id;
    const live = new LiveSession(this.owner, this.facts.req, record.data, restoreCookie(record.cookie));
    const working = new WorkingSession(live, record, stored, this.engine.options);
    working.keepsDeadline = this.keepsDeadline;
    return working;
  }

  /** Whether a session can be read and no more, because the browser came with an id that has just been renewed. */
  isLate(working: WorkingSession | undefined): boolean {
    return working !== undefined && working.live.id === this.lateId;
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

  /** Refuses to write a session that can only be read. */
  refuseLate(): never {
    this.reject('rotated');
    throw new SessionRotatedException();
  }

  /** The session of the request. @throws if there is none, or it could not be read */
  current(): WorkingSession {
    if (this.failure !== undefined) throw this.failure;
    if (!this.loaded) throw SessionUsageError.notLoaded();
    if (this.detached) throw new SessionGoneException();
    return (this.working ??= this.begin());
  }

  /** As {@link current}, for a call on an object that may be an earlier session of the request. */
  owned(session: LiveSession): WorkingSession {
    if (this.working?.live !== session || this.detached) throw new SessionGoneException();
    return this.working;
  }

  /**
   * Writes the live session.
   * @param continues whether it is an earlier one under a new id
   * @returns false if it is gone, which is then reported
   */
  async persist(working: WorkingSession, continues = false): Promise<boolean> {
    const { live, values } = working;
    requireSize(values, this.engine.options);
    const { base, known } = working.begun;
    working.dateCookie();
    if (!known || !known.record.facts?.deviceClass) noteClient(working, values, this.client);
    const mine = working.record(values);
    const saved: Saved | undefined = known
      ? await this.engine.save(live.id, { base, mine, stored: known })
      : await this.engine.create(live.id, mine, working.previous);
    if (saved) working.inStep(saved, values);
    else this.gone(working);
    if (saved?.renamed) working.renamed = true;
    if (saved) this.outdated = false;
    if (saved && !known && !continues) this.tellCreated(working);
    return saved !== undefined;
  }

  private tellCreated({ live, base, times }: WorkingSession): void {
    const session = this.engine.describe(live.id, base, times.facts);
    this.engine.events.emit('created', { ...session, reason: session.userId === undefined ? 'anonymous' : 'login' });
  }

  /** Whether the browser has the cookie that this session needs. */
  inBrowser({ live, stored }: WorkingSession): boolean {
    return (
      stored !== undefined && this.sentToken === this.engine.tokenOf(live.id, stored) && !this.facts.staleSignature
    );
  }

  /** The browser's session is over. */
  noteEnded({ live }: WorkingSession): void {
    if (live.id === this.sentId) this.endedCookie = live.cookie;
  }

  /** Reports that somebody else ended the session. */
  gone(working: WorkingSession): SessionGoneException {
    this.reject('ended', working);
    return new SessionGoneException();
  }

  /** Reports that what the request changed is not saved. */
  reject(reason: SessionEventMap['rejected']['reason'], working = this.working): void {
    if (!working) return;
    const session = this.engine.describe(working.live.id, working.stored?.record.data, working.times.facts);
    this.engine.events.emit('rejected', { ...session, reason });
  }
}
