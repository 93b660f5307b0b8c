import type { Clock } from '../core/clock.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import type { RevocationState, SessionRevocation } from './session-revocation.js';
import { resolveMemoryRevocationOptions, type MemoryRevocationOptions } from './memory-revocation-options.js';

interface Entry {
  readonly until: number;
}

interface UserEntry extends Entry {
  readonly epoch: string;
}

/**
 * Remembers ended sessions in the memory of this process: for development and tests, or a single process whose ended
 * sessions may live again after a restart.
 *
 * Bounded by {@link MemoryRevocationOptions.maxEntries}. When it is full it drops what is over by itself. If that is
 * nothing, it refuses with `SessionStoreError`, so that a logout is answered 503: to forget an entry instead would let
 * an ended session live again, and nobody would be told.
 */
export class MemoryRevocation implements SessionRevocation {
  /** What {@link MemoryRevocationOptions.allowInProduction} says. */
  readonly allowInProduction: boolean;
  readonly limitations: readonly string[] = Object.freeze([
    'memoryRevocation() is for one process only: a session that it ended lives on in every other one.',
    'memoryRevocation() forgets at a restart: sessions that were ended and whose seal is not over yet live again.',
  ]);
  private readonly sessions = new Map<string, Entry>();
  private readonly users = new Map<string, UserEntry>();
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

  /** How many sessions and users are remembered, including some that are over by themselves. */
  get size(): number {
    return this.sessions.size + this.users.size;
  }

  async read(handle: string, userId: string | undefined): Promise<RevocationState> {
    this.assertOpen();
    const user = userId === undefined ? undefined : this.live(this.users, userId);
    return { revoked: this.live(this.sessions, handle) !== undefined, epoch: user?.epoch };
  }

  async revoke(handle: string, until: number): Promise<boolean> {
    this.assertOpen();
    const known = this.live(this.sessions, handle);
    if (known) this.sessions.set(handle, { until: Math.max(known.until, until) });
    if (known || this.isOver(until)) return false;
    this.makeRoom();
    this.sessions.set(handle, { until });
    return true;
  }

  async revokeUser(userId: string, epoch: string, until: number): Promise<void> {
    this.assertOpen();
    const known = this.live(this.users, userId);
    if (!known && this.isOver(until)) return;
    if (!known) this.makeRoom();
    this.users.set(userId, { epoch, until: known ? Math.max(known.until, until) : until });
  }

  /** Forgets everything. Every later call rejects with `SessionStoreError`. */
  async close(): Promise<void> {
    this.closed = true;
    this.sessions.clear();
    this.users.clear();
  }

  private live<E extends Entry>(entries: Map<string, E>, key: string): E | undefined {
    const entry = entries.get(key);
    if (entry && this.isOver(entry.until)) {
      entries.delete(key);
      return undefined;
    }
    return entry;
  }

  /** @throws `SessionStoreError` if there is no room for one more */
  private makeRoom(): void {
    if (this.size < this.maxEntries) return;
    for (const entries of [this.sessions, this.users]) {
      for (const [key, { until }] of entries) if (this.isOver(until)) entries.delete(key);
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
