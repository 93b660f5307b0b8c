import { expiryOf, maxAgeOf } from '../core/deadlines.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { sameAttributes } from '../core/same-attributes.js';
import type { SessionFacts } from '../core/session-facts.js';
import { recordCookie } from '../engine/cookie-record.js';
import type { SessionChange } from '../engine/session-change.js';
import type { HeldSession } from '../engine/session-engine.js';
import { dataJson, parseData } from '../engine/session-json.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import type { BegunSession } from '../engine/session-names.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { LiveSession } from './live-session.js';

/** The fields of a record other than values, cookie and idle deadline. */
export type SessionTimes = Omit<SessionRecord, 'data' | 'cookie' | 'lastSeenAt' | 'expiresAt'>;

/** The changes of a request to a stored session. */
export interface OwnChange {
  readonly held: HeldSession;
  readonly change: SessionChange;
  /** Of the values. */
  readonly json: string;
  readonly dataChanged: boolean;
}

/** The live session, and its state when it was last read or saved. */
export class WorkingSession {
  /** This request does not renew the session. */
  keepsDeadline = false;
  /** The stored session; undefined for a new one. */
  held: HeldSession | undefined;
  /** Name and token of a new session; undefined once it is stored. */
  begun: BegunSession | undefined;
  key: string;
  /** Its public name. */
  handle: string;
  /** This request has saved it already. */
  saved = false;
  private baseJson: string;
  /** The user that a login or an update has put into the live session. */
  private user: unknown;
  /** The live session and the record may share values, which an application may change in place. */
  private shares: boolean;
  /** A pending change of system fields. */
  factsChange: ((theirs: SessionFacts) => SessionFacts) | undefined;

  /**
   * @param origin the stored session as this request knows it; or name and token of a new one
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
    this.user = this.value('user');
  }

  get isStored(): boolean {
    return this.held !== undefined;
  }

  get facts(): SessionFacts {
    return this.times.facts ?? {};
  }

  /** Changes facts of the session with the next write. @param change a function of the stored facts */
  changeFacts(change: (theirs: SessionFacts) => SessionFacts): void {
    const before = this.factsChange;
    this.factsChange = before ? (theirs) => change(before(theirs)) : change;
    this.times = { ...this.times, facts: change(this.facts) };
  }

  /** A copy of the application's values as they are now. */
  values(): SessionValues {
    return parseData(dataJson(this.live));
  }

  /** A copy of the application's values when the session was last read or saved. */
  base(): SessionValues {
    return parseData(this.baseJson);
  }

  /** One of the application's values, without a copy. */
  value(key: string): unknown {
    return Object.hasOwn(this.live, key) ? (this.live as unknown as SessionValues)[key] : undefined;
  }

  /** @throws `SessionUsageError` if application code has assigned another user to the live session */
  requireOwnUser(): void {
    const { user } = this.live as { user?: unknown };
    if (user === this.user || !this.options.firm || JSON.stringify(user) === JSON.stringify(this.user)) return;
    throw SessionUsageError.assignedUser();
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

  /** When it was last used, including this request unless it does not count as use. */
  get seenAt(): number {
    const { held } = this;
    return this.keepsDeadline && held ? held.stored.record.lastSeenAt : this.options.clock.now();
  }

  /** The record to store for these values, if it is new. */
  record(data: SessionValues): SessionRecord {
    const times = { ...this.times, cookie: recordCookie(this.live.cookie), lastSeenAt: this.seenAt };
    return { ...times, data, expiresAt: expiryOf(times, this.options) };
  }

  /** Makes a persistent cookie expire together with the session. */
  dateCookie(): void {
    const { cookie } = this.live;
    const originalMaxAge = maxAgeOf(cookie);
    if (originalMaxAge === null) return;
    cookie.expires = new Date(this.record({}).expiresAt);
    // The setter computes it from `expires`, so it would shrink with every request.
    cookie.originalMaxAge = originalMaxAge;
  }

  /**
   * The changes of this request, and the values that they start from: always the same copy, so that a merge can tell by
   * identity that no other request has saved.
   */
  change(): OwnChange | undefined {
    const { held } = this;
    if (!held) return undefined;
    this.dateCookie();
    const json = dataJson(this.live);
    const base = this.base();
    const mine = parseData(json);
    if (json !== this.baseJson && this.options.firm && JSON.stringify(mine['user']) !== JSON.stringify(base['user']))
      throw SessionUsageError.assignedUser();
    const keepsCookie = !this.cookieChanged && !this.persistent;
    return {
      json,
      dataChanged: json !== this.baseJson,
      held: this.shares ? withData(held, base) : held,
      change: {
        base,
        mine,
        cookie: keepsCookie ? undefined : recordCookie(this.live.cookie),
        facts: this.factsChange,
        lastSeenAt: this.seenAt,
      },
    };
  }

  /** Notes a renewal. */
  renewed(held: HeldSession): void {
    this.held = held;
  }

  /** Notes that these values are stored now. @param json the values as JSON, if the caller has it */
  markSaved(held: HeldSession, json = dataJson(this.live)): void {
    this.held = held;
    this.begun = undefined;
    // With plain ids, a rotation changes the key.
    this.key = held.key;
    this.handle = held.handle;
    this.times = held.stored.record;
    this.factsChange = undefined;
    this.saved = true;
    this.shares = false;
    this.baseJson = json;
    this.user = this.value('user');
  }

  /** Assigns values to the live session. */
  assign(values: SessionValues): void {
    const { live } = this;
    for (const key of new Set([...Object.keys(this.values()), ...Object.keys(values)])) {
      const value = values[key];
      if (value === undefined) Reflect.deleteProperty(live, key);
      else if (Object.hasOwn(live, key) || !(key in live)) Object.assign(live, { [key]: structuredClone(value) });
    }
    this.user = this.value('user');
  }
}

function withData(held: HeldSession, data: SessionValues): HeldSession {
  const { stored } = held;
  return {
    ...held,
    stored: {
      record: { ...stored.record, data },
      // Reading the version may cost a hash.
      get version() {
        return stored.version;
      },
    },
  };
}
