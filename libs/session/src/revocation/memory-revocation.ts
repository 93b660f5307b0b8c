import type { Clock } from '../core/clock.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { raiseEntry, type RevocationEntry } from './revocation-entry.js';
import type { RevocationRaise, RevocationState, SessionRevocation } from './session-revocation.js';
import { resolveMemoryRevocationOptions, type MemoryRevocationOptions } from './memory-revocation-options.js';

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

/**
 * Remembers ended sessions in the memory of this process: for development and tests, or a single process whose ended
 * sessions may be valid again after a restart.
 *
 * Bounded by {@link MemoryRevocationOptions.maxEntries}. When it is full, it drops entries of expired sessions. If there are
 * none, it refuses with `SessionStoreError`, so that a logout is answered with 503: dropping another entry would make an
 * ended session valid again without any notice.
 */
export class MemoryRevocation implements SessionRevocation {
  /** What {@link MemoryRevocationOptions.allowInProduction} says. */
  readonly allowInProduction: boolean;
  readonly limitations: readonly string[] = Object.freeze([
    'memoryRevocation() is for one process only: a session that it ended stays valid in every other one.',
    'memoryRevocation() forgets at a restart: ended sessions whose seal has not expired are valid again.',
  ]);
  private readonly entries = new Map<string, Kept<RevocationEntry>>();
  private readonly users = new Map<string, Kept<number>>();
  private readonly maxEntries: number;
  private readonly clock: Clock;
  private closed = false;

  /** @throws `SessionConfigError` with every problem of the options at once */
  constructor(options: MemoryRevocationOptions = {}) {
    const { maxEntries, allowInProduction, clock } = resolveMemoryRevocationOptions(options);
    this.maxEntries = maxEntries;
    this.allowInProduction = allowInProduction;
    this.clock = clock;
  }

  /** How many sessions and users are remembered, including some that have expired. */
  get size(): number {
    return this.entries.size + this.users.size;
  }

  async read(name: string, users: readonly string[]): Promise<RevocationState> {
    this.assertOpen();
    const entry = this.live(this.entries, name)?.value;
    return {
      ...(entry && { entry }),
      revokedBefore: users.map((user) => this.live(this.users, user)?.value ?? 0),
    };
  }

  async raise(name: string, { until, ...raise }: RevocationRaise): Promise<RevocationEntry | undefined> {
    this.assertOpen();
    const was = this.live(this.entries, name);
    this.keep(this.entries, name, was, raiseEntry(was?.value, raise, this.clock.now()), until);
    return was?.value;
  }

  async revokeBefore(user: string, time: number, until: number): Promise<void> {
    this.assertOpen();
    const was = this.live(this.users, user);
    this.keep(this.users, user, was, Math.max(was?.value ?? 0, time), until);
  }

  /** Forgets everything. Every later call rejects with `SessionStoreError`. */
  async close(): Promise<void> {
    this.closed = true;
    this.entries.clear();
    this.users.clear();
  }

  private keep<T>(all: Map<string, Kept<T>>, key: string, was: Kept<T> | undefined, value: T, until: number): void {
    // A session that has expired needs no entry.
    if (!was && this.isOver(until)) return;
    if (!was) this.makeRoom();
    all.set(key, { value, until: Math.max(was?.until ?? until, until) });
  }

  private live<T>(all: Map<string, Kept<T>>, key: string): Kept<T> | undefined {
    const kept = all.get(key);
    if (kept && this.isOver(kept.until)) {
      all.delete(key);
      return undefined;
    }
    return kept;
  }

  /** @throws `SessionStoreError` if there is no room for one more */
  private makeRoom(): void {
    if (this.size < this.maxEntries) return;
    for (const all of [this.entries, this.users]) {
      for (const [key, { until }] of all) if (this.isOver(until)) all.delete(key);
    }
    if (this.size < this.maxEntries) return;
    throw new SessionStoreError(
      `memoryRevocation() is full: it remembers ${this.maxEntries} ended sessions and users that are not over by themselves ` +
        'yet, and forgets none of them. Raise maxEntries, or use redisRevocation() or sqliteRevocation().',
    );
  }

  private isOver(until: number): boolean {
    return until <= this.clock.now();
  }

  private assertOpen(): void {
    if (this.closed) throw new SessionStoreError('memoryRevocation() is closed: the application is shutting down.');
  }
}

/**
 * Ended sessions, remembered in the memory of this process.
 *
 * @example
 * sealedCookie({ password, revocation: memoryRevocation() })
 * @throws `SessionConfigError` with every problem of the options at once
 */
export const memoryRevocation = (options?: MemoryRevocationOptions): MemoryRevocation => new MemoryRevocation(options);
