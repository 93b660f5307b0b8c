import type { Clock } from '../core/clock.js';
import {
  placeName,
  type Entered,
  type IndexedMember,
  type IndexMember,
  type IndexPlace,
  type IndexTerms,
  type SessionIndex,
} from './indexed-store.js';

/** A session in a place. */
interface Entry {
  readonly key: string;
  readonly createdAt: number;
  until: number;
  leaving: boolean;
}

/** What stands against a place, and when that is forgotten. */
interface Revocation {
  readonly time: number;
  readonly until: number;
}

/** The index of the memory store. It runs in one process, so whatever happens between two turns is atomic. */
export class MemoryIndex implements SessionIndex {
  // Most places hold one session, and a list for each of them would take as much memory as the session itself.
  private readonly places = new Map<string, Entry | readonly Entry[]>();
  // Few have one: it takes an end of all sessions of a user.
  private readonly revocations = new Map<string, Revocation>();

  constructor(private readonly clock: Clock) {}

  /** How many places are remembered, those of which all is over included until they are swept. */
  get size(): number {
    let onlyRevocations = 0;
    for (const name of this.revocations.keys()) if (!this.places.has(name)) onlyRevocations++;
    return this.places.size + onlyRevocations;
  }

  async revokedBefore(place: IndexPlace): Promise<number> {
    return this.revokedBeforeAt(nameOf(place));
  }

  async enter(place: IndexPlace, { key, createdAt }: IndexMember, terms: IndexTerms): Promise<Entered> {
    const { until, revokedBefore, limit = Infinity, whenFull = 'refuse' } = terms;
    const name = nameOf(place);
    if (revokedBefore < this.revokedBeforeAt(name)) return { status: 'over', reason: 'ended' };
    const entries = this.entriesAt(name);
    const before = find(entries, key);
    if (before?.leaving) return { status: 'over', reason: 'leaving' };
    if (!before && limit < Infinity) {
      const others = entries.filter((other) => !other.leaving).sort(byAge);
      if (others.length >= limit && whenFull === 'refuse') return { status: 'full' };
      for (const oldest of others.slice(0, Math.max(0, others.length - limit + 1))) oldest.leaving = true;
    }
    const others = entries.filter((other) => other !== before);
    this.keep(name, [...others, { key, createdAt, until: Math.max(until, before?.until ?? 0), leaving: false }]);
    const leaving = others.filter((other) => other.leaving).sort(byAge);
    return { status: 'in', leaving: leaving.map((other) => ({ key: other.key, createdAt: other.createdAt })) };
  }

  async prolong(
    place: IndexPlace,
    { key }: IndexMember,
    { until, revokedBefore }: Pick<IndexTerms, 'until' | 'revokedBefore'>,
  ): Promise<'in' | 'absent' | 'over'> {
    const name = nameOf(place);
    if (revokedBefore < this.revokedBeforeAt(name)) return 'over';
    const entry = find(this.entriesAt(name), key);
    if (!entry) return 'absent';
    if (entry.leaving) return 'over';
    entry.until = Math.max(entry.until, until);
    return 'in';
  }

  async leave(place: IndexPlace, { key }: IndexMember): Promise<void> {
    const name = nameOf(place);
    const entries = this.entriesAt(name);
    const gone = find(entries, key);
    if (gone)
      this.keep(
        name,
        entries.filter((entry) => entry !== gone),
      );
  }

  async members(place: IndexPlace): Promise<readonly IndexedMember[]> {
    return this.membersAt(nameOf(place));
  }

  async revokeBefore(place: IndexPlace, time: number, until: number): Promise<readonly IndexedMember[]> {
    const name = nameOf(place);
    const before = this.revocations.get(name);
    this.revocations.set(name, {
      time: Math.max(time, this.revokedBeforeAt(name)),
      until: Math.max(until, before?.until ?? 0),
    });
    return this.membersAt(name);
  }

  /** Forgets what is over. */
  sweep(): void {
    for (const name of this.places.keys()) this.entriesAt(name);
    for (const name of this.revocations.keys()) this.revokedBeforeAt(name);
  }

  clear(): void {
    this.places.clear();
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
    return members.map(({ key, createdAt, leaving }) => ({ key, createdAt, leaving }));
  }

  /** Who is in. What is over is forgotten. */
  private entriesAt(name: string): readonly Entry[] {
    const found = this.places.get(name);
    if (!found) return [];
    const entries = 'key' in found ? [found] : found;
    const now = this.clock.now();
    if (entries.every(({ until }) => until > now)) return entries;
    return this.keep(
      name,
      entries.filter(({ until }) => until > now),
    );
  }

  /** @returns what it was given */
  private keep(name: string, entries: readonly Entry[]): readonly Entry[] {
    const [only] = entries;
    if (!only) this.places.delete(name);
    // A copy has room for what is in it and nothing else.
    else this.places.set(name, entries.length === 1 ? only : entries.slice());
    return entries;
  }
}

/** The longest value that is its own name: its hash is as long. */
const SHORT = 43;

/**
 * A name for a place: its value itself, which costs no hash, unless that would take more memory. Joined, because a text
 * that `+` made keeps the texts that it was made of alive.
 */
const nameOf = (place: IndexPlace): string =>
  place.value.length > SHORT ? placeName(place) : [place.index, place.value].join(' ');

const find = (entries: readonly Entry[], key: string): Entry | undefined => entries.find((entry) => entry.key === key);

const byAge = (one: IndexMember, other: IndexMember): number =>
  one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1);
