import type { SetCookie } from 'cookie';
import { expiryOf, isExpired } from '../core/deadlines.js';
import type { SessionRecord, SessionValues } from '../core/record.js';
import { generateSessionId } from '../core/session-id.js';
import { userIdOf } from '../core/user-id.js';
import { Serial } from '../request/serial.js';
import { dataJson, parseData } from '../engine/session-json.js';
import { SessionGoneError } from '../errors/session-state.errors.js';
import { SessionUsageError } from '../errors/session-usage.error.js';
import { parseDuration } from '../options/duration.js';
import { askStore } from './ask-store.js';
import type { CookieTarget } from './cookie-target.js';
import { factsOf } from './read-session.js';
import type { FoundSeal, LiveSeal, SealedJar } from './sealed-jar.js';
import type { ReaderLoginOptions, UserOf, WritableSession } from './writable-session.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** What a request and its answer are to a session. */
export interface Exchange {
  readonly target: CookieTarget;
  /** Of the request, where it is known. */
  readonly method: string | undefined;
}

/** {@link WritableSession} over a sealed cookie. */
export class OpenSession<T extends object> implements WritableSession<T> {
  readonly data: Partial<T>;
  // Private to the engine too, so that whoever logs or serializes a session shows no id and no password.
  readonly #jar: SealedJar;
  readonly #exchange: Exchange;
  readonly #values: SessionValues;
  readonly #serial = new Serial(() => undefined);
  /** What the browser has, or will have; undefined for a session that nobody has saved. */
  #stored: LiveSeal | undefined;
  #current: LiveSeal;
  /** Why nothing can be saved. */
  #over: string | undefined;
  readonly #inBrowser: Map<string, SetCookie>;

  constructor(jar: SealedJar, exchange: Exchange, { live, replaced, sent }: FoundSeal) {
    this.#jar = jar;
    this.#exchange = exchange;
    this.#stored = live;
    this.#current = live ?? this.#begin({});
    this.#over = replaced ? 'was replaced by a login in another request' : undefined;
    this.#inBrowser = new Map(sent.map((cookie) => [cookie.name, cookie]));
    this.#values = { ...this.#current.record.data };
    // What an application keeps in its sessions is known to it alone.
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
      const { id, record } = this.#current;
      const before = this.#stored?.record;
      await this.#requireLive(before);
      const now = this.#now();
      const times = before ? { lastSeenAt: now } : { createdAt: now, lastSeenAt: now };
      const mine = { ...record, ...times, data: parseData(dataJson(this.#values)) };
      const prepared = await this.#ask(() => this.#jar.sessions.prepare(id, mine, before));
      if (!prepared) throw gone('was ended by somebody else');
      const saved = { id, record: prepared };
      this.#write('save()', this.#jar.seal(saved), saved);
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

      const kept = Object.entries(parseData(dataJson(this.#values))).filter(([key]) => keep.includes(key));
      const make = async (values: SessionValues) => {
        const fresh = this.#begin(parseData(dataJson({ ...values, user })), lifetime);
        const record = (await this.#ask(() => this.#jar.sessions.prepare(fresh.id, fresh.record))) ?? fresh.record;
        const made = { id: fresh.id, record };
        return { made, cookies: this.#jar.seal(made) };
      };
      // Whatever can fail comes before the old session ends.
      let next = await make(Object.fromEntries(kept));
      this.#requireWritable('login()');
      const stored = this.#stored;
      if (stored) {
        const ended = await this.#ask(() => this.#jar.sessions.replace(stored.id, stored.record));
        // Somebody ended it meanwhile: nothing of a user comes back.
        if (!ended && userIdOf(stored.record.data) !== undefined) next = await make({});
      }
      this.#write('login()', next.cookies, next.made);
      this.#over = undefined;
      this.#show(next.made.record.data);
    });
  }

  logout(): Promise<void> {
    return this.#serial.run(async () => {
      this.#requireWritable('logout()');
      const stored = this.#stored;
      if (stored) await this.#ask(() => this.#jar.sessions.end(stored.id, stored.record));
      this.#exchange.target.write('logout()', this.#jar.clear(this.#inBrowser.keys(), stored?.record));
      this.#inBrowser.clear();
      this.#stored = undefined;
      this.#current = this.#begin({});
      this.#over = 'was logged out';
      this.#show({});
    });
  }

  get #facts() {
    return factsOf(this.#current.id, this.#current.record);
  }

  #begin(data: SessionValues, remember?: number): LiveSeal {
    const { newCookie, policy } = this.#jar.settings;
    const now = this.#now();
    const times = {
      cookie: remember === undefined ? newCookie : { ...newCookie, originalMaxAge: remember },
      createdAt: now,
      lastSeenAt: now,
      ...(userIdOf(data) !== undefined && { authenticatedAt: now }),
      ...(remember !== undefined && { absoluteTimeout: remember }),
    };
    return { id: generateSessionId(), record: { ...times, data, expiresAt: expiryOf(times, policy) } };
  }

  /** @throws `SessionGoneError` unless the session may be written */
  async #requireLive(before: SessionRecord | undefined): Promise<void> {
    if (this.#over !== undefined) throw gone(this.#over);
    if (!before) return;
    if (isExpired(before, this.#jar.settings.policy, this.#now())) throw gone('has expired');
    if (await this.#ask(() => this.#jar.sessions.isOver(this.#current.id, before)))
      throw gone('was ended by somebody else');
  }

  #requireWritable(what: string): void {
    const [sent] = this.#inBrowser.values();
    const again = sent && this.#stored && this.#jar.again(sent, this.#stored.record);
    this.#exchange.target.requireWritable(what, again);
  }

  /** Sets the cookies of a session, and clears what a larger one left behind: it would be put together with them. */
  #write(what: string, cookies: readonly SetCookie[], saved: LiveSeal): void {
    const names = new Set(cookies.map(({ name }) => name));
    const rest = [...this.#inBrowser.keys()].filter((name) => !names.has(name));
    this.#exchange.target.write(what, [...cookies, ...this.#jar.clear(rest, this.#stored?.record)]);
    this.#inBrowser.clear();
    for (const cookie of cookies) this.#inBrowser.set(cookie.name, cookie);
    this.#stored = saved;
    this.#current = saved;
  }

  #show(values: SessionValues): void {
    for (const key of Object.keys(this.#values)) Reflect.deleteProperty(this.#values, key);
    Object.assign(this.#values, structuredClone(values));
  }

  #now(): number {
    return this.#jar.settings.clock.now();
  }

  #ask<R>(ask: () => Promise<R>): Promise<R> {
    return askStore('revocation store', ask);
  }
}

const gone = (why: string): SessionGoneError =>
  new SessionGoneError(
    `The session ${why}, so it was not saved and no cookie was set. Ask the user to log in again; login() begins a new one.`,
  );
