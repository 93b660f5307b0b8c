import type { SetCookie } from 'cookie';
import { expiryOf, isExpired } from '../core/deadlines.js';
import type { SessionValues } from '../core/record.js';
import { newSessionName } from '../core/session-name.js';
import { userIdOf } from '../core/user-id.js';
import { userKeyIn } from '../core/user-key.js';
import { Serial } from '../request/serial.js';
import { dataJson, parseData } from '../engine/session-json.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { parseDuration } from '../options/duration.js';
import type { CookieTarget } from './cookie-target.js';
import { factsOf } from './read-session.js';
import type { SealedSession } from '../seals/opened-seals.js';
import { sealedSecret } from '../seals/sealed-payload.js';
import type { SealOutcome } from '../seals/sealed-sessions.js';
import type { FoundSeal, SealedJar } from './sealed-jar.js';
import type { ReaderLoginOptions, UserOf, WritableSession } from './writable-session.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** A request and its response. */
export interface Exchange {
  readonly target: CookieTarget;
  /** The method of the request, if known. */
  readonly method: string | undefined;
}

/** {@link WritableSession} over a sealed cookie. */
export class OpenSession<T extends object> implements WritableSession<T> {
  readonly data: Partial<T>;
  // Private fields, so that logging or serializing a session reveals no id and no password.
  readonly #jar: SealedJar;
  readonly #exchange: Exchange;
  readonly #values: SessionValues;
  readonly #serial = new Serial(() => undefined);
  /** All sessions of which the browser has sent a seal. */
  #presented: readonly SealedSession[];
  /** The session in the browser's cookie, also before it is sent; undefined for one that was not saved. */
  #stored: SealedSession | undefined;
  #current: SealedSession;
  /** Why the session cannot be saved. */
  #over: string | undefined;
  readonly #inBrowser: Map<string, SetCookie>;

  constructor(jar: SealedJar, exchange: Exchange, { live, presented, replaced, sent }: FoundSeal) {
    this.#jar = jar;
    this.#exchange = exchange;
    this.#stored = live;
    this.#presented = presented;
    this.#current = live ?? this.#begin({});
    this.#over = replaced ? 'was replaced by a login in another request' : undefined;
    this.#inBrowser = new Map(sent.map((cookie) => [cookie.name, cookie]));
    this.#values = { ...this.#current.record.data };
    // Only the application knows the types of its values.
    this.data = this.#values as Partial<T>;
  }

  get handle(): string {
    return this.#facts.handle;
  }
  get createdAt(): number {
    return this.#facts.createdAt;
  }
  get authenticatedAt(): number | undefined {
    return this.#facts.authenticatedAt;
  }
  get lastSeenAt(): number {
    return this.#facts.lastSeenAt;
  }
  get expiresAt(): number {
    return this.#facts.expiresAt;
  }

  save(): Promise<void> {
    return this.#serial.run(async () => {
      const { name, record } = this.#current;
      const before = this.#stored;
      this.#requireLive(before);
      const now = this.#now();
      const times = before ? { lastSeenAt: now } : { createdAt: now, lastSeenAt: now };
      const made = { ...record, ...times, data: parseData(dataJson(this.#values)) };
      const { sessions } = this.#jar;
      this.#write('save()', name, await (before ? sessions.save(before, made) : sessions.begin(name, made)));
    });
  }

  login(user: UserOf<T>, { keep = [], remember, allowSafeMethod = false }: ReaderLoginOptions = {}): Promise<void> {
    return this.#serial.run(async () => {
      const { method } = this.#exchange;
      if (!allowSafeMethod && method !== undefined && SAFE_METHODS.has(method))
        throw SessionUsageError.safeMethod(method);
      if (userIdOf({ user }) === undefined) throw SessionUsageError.userWithoutId(user);
      const lifetime = remember === undefined ? undefined : parseDuration(remember);
      if (remember !== undefined && lifetime === undefined) throw SessionUsageError.badDuration('remember', remember);

      const { sessions } = this.#jar;
      const before = this.#stored;
      const { userKey } = this.#jar.settings;
      const owner = userKeyIn(before?.record.data, userKey);
      const key = userKeyIn(parseData(dataJson({ user })), userKey) ?? '';
      const keeps = owner === undefined || owner === key ? keep : [];
      // First: a revocation of the user's sessions from now on has to end this one too.
      const revokedBefore = { user: await sessions.revokedBefore(key) };
      const make = async (keys: readonly string[]) => {
        const kept = Object.entries(parseData(dataJson(this.#values))).filter(([key]) => keys.includes(key));
        const data = parseData(dataJson({ ...Object.fromEntries(kept), user }));
        const { name, record } = this.#begin(data, lifetime);
        return { name, outcome: await sessions.begin(name, { ...record, revokedBefore }) };
      };
      // Everything that can fail comes before the old session ends.
      let next = await make(keeps);
      this.#requireWritable('login()');
      const ended = await this.#endAll('replaced');
      // Another request ended the session meanwhile: none of its user's values may come back.
      if (before && owner !== undefined && !ended.has(before.name)) next = await make([]);
      this.#write('login()', next.name, next.outcome);
      this.#over = undefined;
      this.#show(this.#current.record.data);
    });
  }

  logout(): Promise<void> {
    return this.#serial.run(async () => {
      this.#requireWritable('logout()');
      const stored = this.#stored;
      await this.#endAll('signed-out');
      this.#exchange.target.write('logout()', this.#jar.clear(this.#inBrowser.keys(), stored?.record));
      this.#inBrowser.clear();
      this.#stored = undefined;
      this.#current = this.#begin({});
      this.#over = 'was logged out';
      this.#show({});
    });
  }

  /**
   * Ends all sessions of which the browser has sent a seal: all seals of a name are of one login.
   * @returns the names of those that were not over yet
   */
  async #endAll(ending: 'replaced' | 'signed-out'): Promise<Set<string>> {
    const { sessions } = this.#jar;
    const shown = new Map(this.#presented.map((session) => [session.name, session]));
    if (this.#stored) shown.set(this.#stored.name, this.#stored);
    const ended = new Set<string>();
    for (const { name, record } of shown.values()) if (await sessions.end(name, ending, record)) ended.add(name);
    this.#presented = [];
    return ended;
  }

  get #facts() {
    return factsOf(this.#current.name, this.#current.record);
  }

  #begin(data: SessionValues, remember?: number): SealedSession {
    const { newCookie, policy } = this.#jar.settings;
    const now = this.#now();
    const times = {
      cookie: remember === undefined ? newCookie : { ...newCookie, originalMaxAge: remember },
      createdAt: now,
      lastSeenAt: now,
      ...(userIdOf(data) !== undefined && { authenticatedAt: now }),
      ...(remember !== undefined && { absoluteTimeout: remember }),
    };
    const secret = sealedSecret(0, 0, now, 'begun');
    return { name: newSessionName(), record: { ...times, data, secret, expiresAt: expiryOf(times, policy) } };
  }

  /** @throws `SessionGoneError` if the session is known to be over, without asking the store */
  #requireLive(before: SealedSession | undefined): void {
    if (this.#over !== undefined) throw gone(this.#over);
    if (before && isExpired(before.record, this.#jar.settings.policy, this.#now())) throw gone('has expired');
  }

  #requireWritable(what: string): void {
    const [sent] = this.#inBrowser.values();
    const again = sent && this.#stored && this.#jar.again(sent, this.#stored.record);
    this.#exchange.target.requireWritable(what, again);
  }

  /**
   * Sets the cookies of a session, and clears chunks of an earlier, larger one: they would be joined with the new ones.
   * @throws `SessionGoneError` if it was not sealed
   */
  #write(what: string, name: string, outcome: SealOutcome): void {
    if (outcome.status === 'over') throw gone('was ended by another request');
    if (outcome.status === 'rotated') throw gone('was replaced by another request');
    const { record, seal } = outcome;
    const cookies = this.#jar.split(seal, record);
    const names = new Set(cookies.map((cookie) => cookie.name));
    const rest = [...this.#inBrowser.keys()].filter((sent) => !names.has(sent));
    this.#exchange.target.write(what, [...cookies, ...this.#jar.clear(rest, this.#stored?.record)]);
    this.#inBrowser.clear();
    for (const cookie of cookies) this.#inBrowser.set(cookie.name, cookie);
    this.#stored = { name, record };
    this.#current = this.#stored;
  }

  #show(values: SessionValues): void {
    for (const key of Object.keys(this.#values)) Reflect.deleteProperty(this.#values, key);
    Object.assign(this.#values, structuredClone(values));
  }

  #now(): number {
    return this.#jar.settings.clock.now();
  }
}

const gone = (why: string): SessionGoneError =>
  new SessionGoneError(
    `The session ${why}, so it was not saved and no cookie was set. Ask the user to log in again; login() begins a new one.`,
  );
