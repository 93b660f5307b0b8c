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
  /** What this request has open in the store; undefined for a new session. */
  held: HeldSession | undefined;
  /** What a new session is called; undefined once it is stored. */
  begun: BegunSession | undefined;
  key: string;
  /** Its public name. */
  handle: string;
  /** This request has saved it already. */
  saved = false;
  private baseJson: string;
  /** The live session and the record may share values, which an application may change in place. */
  private shares: boolean;
  /** System fields that belong to no value are to be written. */
  factsChange: ((theirs: SessionFacts) => SessionFacts) | undefined;

  /**
   * @param origin what the store has, as far as this request knows; or what a new session is called
   * @param times of a new session; those of a stored one are in its record
   */
  constructor(
    readonly live: LiveSession,
    origin: HeldSession | BegunSession,
    public times: SessionTimes,
    private readonly options: ResolvedSessionOptions,
  ) {
    this.key = origin.key;
    this.handle = origin.handle;
    this.shares = 'stored' in origin;
    if ('stored' in origin) this.held = origin;
    else this.begun = origin;
    this.baseJson = this.shares ? dataJson(live) : '{}';
  }

  get isStored(): boolean {
    return this.held !== undefined;
  }

  get facts(): SessionFacts {
    return this.times.facts ?? {};
  }

  /** Changes what is known of the session, with whatever is written next. @param change a function of what is stored */
  changeFacts(change: (theirs: SessionFacts) => SessionFacts): void {
    const before = this.factsChange;
    this.factsChange = before ? (theirs) => change(before(theirs)) : change;
    this.times = { ...this.times, facts: change(this.facts) };
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

  get dataChanged(): boolean {
    return dataJson(this.live) !== this.baseJson;
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
    const times = { ...this.times, cookie: recordCookie(this.live.cookie), lastSeenAt: this.seenAt };
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
    this.held = held;
  }

  /** The store has these values now. @param json of them, if it is at hand */
  markSaved(held: HeldSession, json = dataJson(this.live)): void {
    this.held = held;
    this.begun = undefined;
    // Where the key is the secret, a rotation gives another one.
    this.key = held.key;
    this.handle = held.handle;
    this.times = held.stored.record;
    this.factsChange = undefined;
    this.saved = true;
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
