import { expiryOf, maxAgeOf } from '../core/deadlines.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { sameAttributes } from '../core/same-attributes.js';
import type { SessionFacts } from '../core/session-facts.js';
import { recordCookie } from '../engine/cookie-record.js';
import type { SessionChange } from '../engine/session-change.js';
import type { HeldSession } from '../engine/session-engine.js';
import { dataJson, parseData } from '../engine/session-json.js';
import type { BegunSession } from '../engine/session-names.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { LiveSession } from './live-session.js';

/** What of a record is neither value nor cookie, and no deadline of use. */
export type SessionTimes = Omit<SessionRecord, 'data' | 'cookie' | 'lastSeenAt' | 'expiresAt'>;

/** What a request has made of a stored session. */
export interface OwnChange {
  readonly held: HeldSession;
  readonly change: SessionChange;
  /** Of the values. */
  readonly json: string;
  readonly dataChanged: boolean;
}

/** The live session, and what it was when it was last in step with the store. */
export class WorkingSession {
  /** Use of it does not count: its idle deadline stays where it is. */
  keepsDeadline = false;
  private baseJson: string;
  /** The live session and the record may share values, which an application may change in place. */
  private shares: boolean;
  private factsChange: ((theirs: SessionFacts) => SessionFacts) | undefined;
  private ownTimes: SessionTimes;

  /**
   * @param origin what the store has, as far as this request knows; or what a new session is called
   * @param times of a new session; those of a stored one are in its record
   */
  constructor(
    readonly live: LiveSession,
    private origin: HeldSession | BegunSession,
    times: SessionTimes,
    private readonly options: ResolvedSessionOptions,
  ) {
    const stored = 'stored' in origin;
    this.baseJson = stored ? dataJson(live) : '{}';
    this.shares = stored;
    this.ownTimes = times;
  }

  /** What this request has open in the store; undefined for a new session. */
  get held(): HeldSession | undefined {
    return 'stored' in this.origin ? this.origin : undefined;
  }

  /** What a new session is called; undefined once it is stored. */
  get begun(): BegunSession | undefined {
    return 'stored' in this.origin ? undefined : this.origin;
  }

  get isStored(): boolean {
    return 'stored' in this.origin;
  }

  get key(): string {
    return this.origin.key;
  }

  /** Its public name. */
  get handle(): string {
    return this.origin.handle;
  }

  get times(): SessionTimes {
    return this.ownTimes;
  }

  get facts(): SessionFacts {
    return this.ownTimes.facts ?? {};
  }

  /** Changes what is known of the session, with whatever is written next. @param change a function of what is stored */
  changeFacts(change: (theirs: SessionFacts) => SessionFacts): void {
    const before = this.factsChange;
    this.factsChange = before ? (theirs) => change(before(theirs)) : change;
    this.ownTimes = { ...this.ownTimes, facts: change(this.facts) };
  }

  /** A copy of the application's values as they are now. */
  values(): SessionValues {
    return parseData(dataJson(this.live));
  }

  /** A copy of the application's values when the live session was last in step with the store. */
  base(): SessionValues {
    return parseData(this.baseJson);
  }

  /** One of the application's values, without a copy. */
  value(key: string): unknown {
    return Object.hasOwn(this.live, key) ? (this.live as unknown as SessionValues)[key] : undefined;
  }

  /** This request has saved it already. */
  get saved(): boolean {
    return this.isStored && !this.shares;
  }

  get dataChanged(): boolean {
    return dataJson(this.live) !== this.baseJson;
  }

  /** System fields are to be written that belong to no value. */
  get factsChanged(): boolean {
    return this.factsChange !== undefined;
  }

  get cookieChanged(): boolean {
    const { held, live } = this;
    return held !== undefined && !sameAttributes(live.cookie, held.stored.record.cookie);
  }

  /** The browser keeps the cookie when it closes. */
  get persistent(): boolean {
    return maxAgeOf(this.live.cookie) !== null;
  }

  /** When it was used last, this request included if that counts. */
  get seenAt(): number {
    const { held } = this;
    return this.keepsDeadline && held ? held.stored.record.lastSeenAt : this.options.clock.now();
  }

  /** The record to store for these values, if it is new. */
  record(data: SessionValues): SessionRecord {
    const times = { ...this.ownTimes, cookie: recordCookie(this.live.cookie), lastSeenAt: this.seenAt };
    return { ...times, data, expiresAt: expiryOf(times, this.options) };
  }

  /** Lets a cookie that the browser keeps end when the session does. */
  dateCookie(): void {
    const { cookie } = this.live;
    const originalMaxAge = maxAgeOf(cookie);
    if (originalMaxAge === null) return;
    cookie.expires = new Date(this.record({}).expiresAt);
    // The setter computes it from the expiry, and it would shrink with every request.
    cookie.originalMaxAge = originalMaxAge;
  }

  /**
   * What this request has made of the stored session, and what that starts from: one copy of the values before, so that
   * a merge sees at a glance that nobody else has saved.
   */
  change(): OwnChange | undefined {
    const { held } = this;
    if (!held) return undefined;
    this.dateCookie();
    const json = dataJson(this.live);
    const base = this.base();
    const keepsCookie = !this.cookieChanged && !this.persistent;
    return {
      json,
      dataChanged: json !== this.baseJson,
      held: this.shares ? withData(held, base) : held,
      change: {
        base,
        mine: parseData(json),
        cookie: keepsCookie ? undefined : recordCookie(this.live.cookie),
        facts: this.factsChange,
        lastSeenAt: this.seenAt,
      },
    };
  }

  /** What the deadline was pushed on to. */
  renewed(held: HeldSession): void {
    this.origin = held;
  }

  /** The store has these values now. @param json of them, if it is at hand */
  inStep(held: HeldSession, json = dataJson(this.live)): void {
    this.origin = held;
    this.ownTimes = held.stored.record;
    this.factsChange = undefined;
    this.shares = false;
    this.baseJson = json;
  }

  /** Puts values into the live session. */
  show(values: SessionValues): void {
    const { live } = this;
    for (const key of new Set([...Object.keys(this.values()), ...Object.keys(values)])) {
      const value = values[key];
      if (value === undefined) Reflect.deleteProperty(live, key);
      else if (Object.hasOwn(live, key) || !(key in live)) Object.assign(live, { [key]: structuredClone(value) });
    }
  }
}

function withData(held: HeldSession, data: SessionValues): HeldSession {
  const { stored } = held;
  return {
    ...held,
    stored: {
      record: { ...stored.record, data },
      // Asking a store for it may cost a hash.
      get version() {
        return stored.version;
      },
    },
  };
}
