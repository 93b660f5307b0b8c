import { BoundedMap } from '../core/bounded-map.js';
import type { Clock } from '../core/clock.js';
import { TimedMap } from '../core/timed-map.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { MemoryRevocation } from './memory-revocation.js';
import { raiseEntry, type RevocationEntry } from './revocation-entry.js';
import type { Answer } from './seal-status.js';
import type { RevocationRaise, RevocationState, SessionRevocation } from './session-revocation.js';

/** Answers that are used again, and what this process has ended, at most. */
const MAX_REMEMBERED = 10_000;
/** How long this process remembers what it has ended (ms), where answers are used again for less. */
const MIN_LIFE = 3_600_000;

interface Known {
  readonly state: RevocationState;
  /** When it was asked for. */
  readonly at: number;
}

/**
 * Asks the revocation store, as seldom as it allows. What this process has ended is final here: no answer that was asked
 * for before undoes it, however old it may be. That is forgotten by time only; where there is too much to remember, older
 * answers are not used again.
 */
export class RevocationCheck {
  private readonly store: SessionRevocation;
  /** Nothing is kept over a restart or for other processes. */
  private readonly isOptedOut: boolean;
  private readonly answers = new BoundedMap<string, Known>(MAX_REMEMBERED);
  private readonly raised: TimedMap<string, RevocationEntry>;
  private readonly users: TimedMap<string, number>;

  /** @param revocation undefined if nothing is revoked: then this process alone remembers, as much as it can */
  constructor(
    revocation: SessionRevocation | undefined,
    private readonly clock: Clock,
  ) {
    this.isOptedOut = revocation === undefined;
    this.store = revocation ?? new MemoryRevocation({ clock, maxEntries: MAX_REMEMBERED });
    const life = Math.max(MIN_LIFE, this.store.staleness ?? 0);
    this.raised = new TimedMap(clock, life, MAX_REMEMBERED);
    this.users = new TimedMap(clock, life, MAX_REMEMBERED);
  }

  /** What stands against a session, as every request asks: as old as the store allows. */
  async read(name: string, users: readonly string[]): Promise<Answer> {
    const { staleness = 0 } = this.store;
    if (staleness === 0) return this.readNow(name, users);
    const key = JSON.stringify([name, ...users]);
    const now = this.clock.now();
    const known = this.answers.get(key);
    const since = Math.max(this.raised.forgot, this.users.forgot);
    if (known && now - known.at < staleness && now >= known.at && known.at > since)
      return this.answer(name, users, known.state);
    const state = await this.store.read(name, users);
    this.answers.set(key, { state, at: now });
    return this.answer(name, users, state);
  }

  /** As {@link read}, and as it is now: what is sealed next goes by it. */
  async readNow(name: string, users: readonly string[]): Promise<Answer> {
    return this.answer(name, users, await this.store.read(name, users));
  }

  /** What this process has ended, asking nobody. */
  known(name: string, users: readonly string[]): Answer {
    return this.answer(name, users, undefined);
  }

  /** See {@link SessionRevocation.raise}. */
  async raise(name: string, raise: RevocationRaise): Promise<RevocationEntry | undefined> {
    const was = await this.unlessFull(() => this.store.raise(name, raise));
    const now = this.clock.now();
    this.raised.set(name, raiseEntry(merged(was, this.raised.get(name)), raise, now));
    return was;
  }

  /** Ends all sessions of a user that have begun. @param until see {@link SessionRevocation.revokeBefore} */
  async revokeUser(user: string, until: number): Promise<void> {
    const time = Math.max(this.clock.now(), (await this.revokedBefore(user)) + 1);
    await this.unlessFull(() => this.store.revokeBefore(user, time, until));
    this.users.set(user, Math.max(time, this.users.get(user) ?? 0));
  }

  /** What stands against a user now: a session that begins carries it along. */
  async revokedBefore(user: string): Promise<number> {
    const time = (await this.readNow('', [user])).revokedBefore(user);
    if (time !== Infinity) return time;
    throw new SessionStoreError(
      'A newer release of this library has ended sessions in the revocation store, in a format that this one cannot read. ' +
        'Upgrade this process.',
    );
  }

  private answer(name: string, users: readonly string[], state: RevocationState | undefined): Answer {
    const entry = merged(state?.entry, this.raised.get(name));
    const times = new Map(
      users.map((user, n) => [user, Math.max(state?.revokedBefore[n] ?? 0, this.users.get(user) ?? 0)]),
    );
    return { entry, revokedBefore: (user) => times.get(user) ?? 0 };
  }

  /** Without a store the memory of this process is the only one there is: full means that a copy works on, as documented. */
  private async unlessFull<T>(keep: () => Promise<T>): Promise<T | undefined> {
    try {
      return await keep();
    } catch (error) {
      if (this.isOptedOut && error instanceof SessionStoreError) return undefined;
      throw error;
    }
  }
}

const merged = (one: RevocationEntry | undefined, other: RevocationEntry | undefined): RevocationEntry | undefined =>
  other ? raiseEntry(one, other, other.at) : one;
