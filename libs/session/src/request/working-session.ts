import { expiryOf, maxAgeOf } from '../core/deadlines.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { sameAttributes } from '../core/same-attributes.js';
import type { SessionFacts } from '../core/session-facts.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { StoredSession } from '../stores/session-store.js';
import type { LiveSession } from './live-session.js';
import { recordCookie } from '../engine/cookie-record.js';
import { dataJson, parseData } from '../engine/session-json.js';

/** When a session began, and for how long at most it was asked to live. */
export interface SessionTimes {
  readonly createdAt: number;
  readonly authenticatedAt?: number;
  /** Milliseconds. */
  readonly absoluteTimeout?: number;
  /** See {@link SessionRecord.epoch}. */
  readonly epoch?: string;
  readonly facts?: SessionFacts;
}

/** A live session, what it began as, and what the store had then. */
export class WorkingSession {
  private baseJson: string;
  /** The id of the session that was retired for this one, until it is stored. */
  previous: string | undefined;
  /** The live session and the record may share values, which an application may change in place. */
  private shares: boolean;
  /** Use of it does not count: its idle deadline stays where it is. */
  keepsDeadline = false;
  /** It goes by another id since this request began, and the browser gets that one, if any. */
  renamed = false;

  constructor(
    readonly live: LiveSession,
    public times: SessionTimes,
    /** What the store has, as far as this request knows; undefined for a new session. */
    public stored: StoredSession | undefined,
    private readonly options: ResolvedSessionOptions,
  ) {
    this.baseJson = stored ? dataJson(live) : '{}';
    this.shares = stored !== undefined;
  }

  /** The application's values when the live session was last in step with the store. */
  get base(): SessionValues {
    return parseData(this.baseJson);
  }

  /** The application's values now, sharing nothing with the live session. */
  get values(): SessionValues {
    return parseData(dataJson(this.live));
  }

  /** {@link stored}, with values that nobody has changed in place: what a change starts from. */
  get known(): StoredSession | undefined {
    return this.begun.known;
  }

  /** {@link base} and {@link known}: one object where nobody has saved since, so that a merge sees it at a glance. */
  get begun(): { readonly base: SessionValues; readonly known: StoredSession | undefined } {
    const { stored, base } = this;
    const unshared = stored && this.shares ? { ...stored, record: { ...stored.record, data: base } } : stored;
    return { base, known: unshared };
  }

  /** This request has saved it already. */
  get saved(): boolean {
    return this.stored !== undefined && !this.shares;
  }

  get dataChanged(): boolean {
    return dataJson(this.live) !== this.baseJson;
  }

  get cookieChanged(): boolean {
    return this.stored !== undefined && !sameAttributes(this.live.cookie, this.stored.record.cookie);
  }

  /** The browser keeps the cookie when it closes. */
  get persistent(): boolean {
    return maxAgeOf(this.live.cookie) !== null;
  }

  /** When it was used last, this request included if that counts. */
  get seenAt(): number {
    return this.keepsDeadline && this.stored ? this.stored.record.lastSeenAt : this.options.clock.now();
  }

  /** The record to store for these values. */
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

  /** The deadline was pushed on. */
  renewed(stored: StoredSession): void {
    this.stored = stored;
  }

  /** The store has these values now. */
  inStep(stored: StoredSession, values: SessionValues): void {
    const { epoch, facts } = stored.record;
    if (epoch !== undefined) this.times = { ...this.times, epoch };
    if (facts?.rotatedAt !== this.times.facts?.rotatedAt) this.times = { ...this.times, ...(facts && { facts }) };
    this.stored = stored;
    this.shares = false;
    this.baseJson = JSON.stringify(values);
  }

  /** Puts values into the live session. */
  show(values: SessionValues): void {
    const { live } = this;
    for (const key of new Set([...Object.keys(this.values), ...Object.keys(values)])) {
      const value = values[key];
      if (value === undefined) Reflect.deleteProperty(live, key);
      else if (Object.hasOwn(live, key) || !(key in live)) Object.assign(live, { [key]: structuredClone(value) });
    }
  }
}
