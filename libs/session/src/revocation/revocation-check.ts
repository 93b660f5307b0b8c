import { BoundedMap } from '../core/bounded-map.js';
import type { Clock } from '../core/clock.js';
import { TimedMap } from '../core/timed-map.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { MemoryRevocation } from './memory-revocation.js';
import { raiseEntry, type RevocationEntry } from './revocation-entry.js';
import type { Answer } from './seal-status.js';
import type { RevocationRaise, RevocationState, SessionRevocation } from './session-revocation.js';

/** How many answers are kept for reuse at most, and how many endings by this process. */
const MAX_REMEMBERED = 10_000;
/** How long (ms) this process remembers its own endings at least. */
const MIN_LIFE = 3_600_000;

interface Known {
  readonly state: RevocationState;
  /** When it was asked for. */
  readonly at: number;
}

/**
 * Asks the revocation store, as seldom as its `staleness` allows. An ending by this process is final here: no older answer
 * undoes it. Endings are forgotten by time only; if there are too many to remember, older answers are not reused.
 */
export class RevocationCheck {
  private readonly store: SessionRevocation;
  /** Without a store: nothing outlives this process or reaches another one. */
  private readonly isOptedOut: boolean;
  private readonly answers = new BoundedMap<string, Known>(MAX_REMEMBERED);
  private readonly raised: TimedMap<string, RevocationEntry>;
  private readonly users: TimedMap<string, number>;

  /** @param revocation undefined for none: then only this process remembers, up to a limit */
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

  /** The revocation state of a session, for the read of every request: as old as the store allows. */
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

  /** As {@link read}, but current: for sealing. */
  async readNow(name: string, users: readonly string[]): Promise<Answer> {
    return this.answer(name, users, await this.store.read(name, users));
  }

  /** The endings by this process, without asking the store. */
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

  /** Ends all sessions of a user that exist now. @param until see {@link SessionRevocation.revokeBefore} */
  async revokeUser(user: string, until: number): Promise<void> {
    const time = Math.max(this.clock.now(), (await this.revokedBefore(user)) + 1);
    await this.unlessFull(() => this.store.revokeBefore(user, time, until));
    this.users.set(user, Math.max(time, this.users.get(user) ?? 0));
  }

  /** The current `revokedBefore` of a user: a session that begins carries it. */
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

  /** Without a store, a full memory is no error: the ended session stays valid, as documented. */
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
