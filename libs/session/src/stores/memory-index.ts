import type { Clock } from '../core/clock.js';
import {
  indexKeyName,
  type AddResult,
  type IndexedMember,
  type IndexMember,
  type IndexKey,
  type EntryOptions,
  type SessionIndex,
} from './indexed-store.js';

/** An entry of one index key. */
interface Entry {
  readonly key: string;
  readonly createdAt: number;
  until: number;
  evicting: boolean;
}

/** The last revocation of an index key, and until when it is kept. */
interface Revocation {
  readonly time: number;
  readonly until: number;
}

/** The index of the memory store. It runs in one process, so every synchronous method body is atomic. */
export class MemoryIndex implements SessionIndex {
  // Most index keys have one session, and a list for each of them would take as much memory as the session itself.
  private readonly entries = new Map<string, Entry | readonly Entry[]>();
  // Few index keys have one: only where all sessions of a user were revoked.
  private readonly revocations = new Map<string, Revocation>();

  constructor(private readonly clock: Clock) {}

  /** How many index keys are held, including expired ones until the next sweep. */
  get size(): number {
    let onlyRevocations = 0;
    for (const name of this.revocations.keys()) if (!this.entries.has(name)) onlyRevocations++;
    return this.entries.size + onlyRevocations;
  }

  async revokedBefore(indexKey: IndexKey): Promise<number> {
    return this.revokedBeforeAt(nameOf(indexKey));
  }

  async add(indexKey: IndexKey, { key, createdAt }: IndexMember, options: EntryOptions): Promise<AddResult> {
    const { until, revokedBefore, limit = Infinity, whenFull = 'refuse' } = options;
    const name = nameOf(indexKey);
    if (revokedBefore < this.revokedBeforeAt(name)) return { status: 'over', reason: 'ended' };
    const entries = this.entriesAt(name);
    const before = find(entries, key);
    if (before?.evicting) return { status: 'over', reason: 'evicting' };
    if (!before && limit < Infinity) {
      const others = entries.filter((other) => !other.evicting).sort(byAge);
      if (others.length >= limit && whenFull === 'refuse') return { status: 'full' };
      for (const oldest of others.slice(0, Math.max(0, others.length - limit + 1))) oldest.evicting = true;
    }
    const others = entries.filter((other) => other !== before);
    this.keep(name, [...others, { key, createdAt, until: Math.max(until, before?.until ?? 0), evicting: false }]);
    const evicting = others.filter((other) => other.evicting).sort(byAge);
    return { status: 'in', evicting: evicting.map((other) => ({ key: other.key, createdAt: other.createdAt })) };
  }

  async extend(
    indexKey: IndexKey,
    { key }: IndexMember,
    { until, revokedBefore }: Pick<EntryOptions, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'> {
    const name = nameOf(indexKey);
    if (revokedBefore < this.revokedBeforeAt(name)) return 'over';
    const entry = find(this.entriesAt(name), key);
    if (!entry) return 'absent';
    if (entry.evicting) return 'over';
    entry.until = Math.max(entry.until, until);
    return 'in';
  }

  async remove(indexKey: IndexKey, { key }: IndexMember): Promise<void> {
    const name = nameOf(indexKey);
    const entries = this.entriesAt(name);
    const gone = find(entries, key);
    if (gone)
      this.keep(
        name,
        entries.filter((entry) => entry !== gone),
      );
  }

  async members(indexKey: IndexKey): Promise<readonly IndexedMember[]> {
    return this.membersAt(nameOf(indexKey));
  }

  async revokeBefore(indexKey: IndexKey, time: number, until: number): Promise<readonly IndexedMember[]> {
    const name = nameOf(indexKey);
    const before = this.revocations.get(name);
    this.revocations.set(name, {
      time: Math.max(time, this.revokedBeforeAt(name)),
      until: Math.max(until, before?.until ?? 0),
    });
    return this.membersAt(name);
  }

  /** Deletes what has expired. */
  sweep(): void {
    for (const name of this.entries.keys()) this.entriesAt(name);
    for (const name of this.revocations.keys()) this.revokedBeforeAt(name);
  }

  clear(): void {
    this.entries.clear();
    this.revocations.clear();
  }

  private revokedBeforeAt(name: string): number {
    const found = this.revocations.get(name);
    if (!found) return 0;
    if (found.until > this.clock.now()) return found.time;
    this.revocations.delete(name);
    return 0;
  }

  private membersAt(name: string): IndexedMember[] {
    const members = this.entriesAt(name).toSorted(byAge);
    return members.map(({ key, createdAt, evicting }) => ({ key, createdAt, evicting }));
  }

  /** The live entries. Expired ones are deleted. */
  private entriesAt(name: string): readonly Entry[] {
    const found = this.entries.get(name);
    if (!found) return [];
    const entries = 'key' in found ? [found] : found;
    const now = this.clock.now();
    if (entries.every(({ until }) => until > now)) return entries;
    return this.keep(
      name,
      entries.filter(({ until }) => until > now),
    );
  }

  /** @returns `entries` */
  private keep(name: string, entries: readonly Entry[]): readonly Entry[] {
    const [only] = entries;
    if (!only) this.entries.delete(name);
    // A copy has no spare capacity.
    else this.entries.set(name, entries.length === 1 ? only : entries.slice());
    return entries;
  }
}

/** Longer values are hashed: a hash has this many characters. */
const HASH_LENGTH = 43;

/**
 * The name of an index key in this process: its value as it is, which saves a hash, unless that would take more memory.
 * Joined, because a string that `+` made keeps its parts alive.
 */
const nameOf = (indexKey: IndexKey): string =>
  indexKey.value.length > HASH_LENGTH ? indexKeyName(indexKey) : [indexKey.index, indexKey.value].join(' ');

const find = (entries: readonly Entry[], key: string): Entry | undefined => entries.find((entry) => entry.key === key);

const byAge = (one: IndexMember, other: IndexMember): number =>
  one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1);
