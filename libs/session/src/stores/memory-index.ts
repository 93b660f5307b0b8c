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

interface Entry {
  readonly createdAt: number;
  until: number;
  leaving: boolean;
}

interface Place {
  readonly entries: Map<string, Entry>;
  epoch: number;
  /** When the epoch is forgotten. */
  until: number;
}

/** The index of the memory store. It runs in one process, so whatever happens between two turns is atomic. */
export class MemoryIndex implements SessionIndex {
  private readonly places = new Map<string, Place>();

  constructor(private readonly clock: Clock) {}

  /** How many places are remembered, those of which all is over included until they are swept. */
  get size(): number {
    return this.places.size;
  }

  async epochOf(place: IndexPlace): Promise<number> {
    return this.find(place)?.epoch ?? 0;
  }

  async enter(place: IndexPlace, { key, createdAt }: IndexMember, terms: IndexTerms): Promise<Entered> {
    const { until, epoch, limit = Infinity, whenFull = 'refuse', replaces } = terms;
    const found = this.find(place) ?? this.begin(place);
    if (epoch < found.epoch) return { status: 'over', reason: 'ended' };
    const { entries } = found;
    const before = entries.get(key);
    const replaced = replaces && entries.get(replaces.key);
    if (before?.leaving || replaced?.leaving) return { status: 'over', reason: 'leaving' };
    if (!replaced && !before) {
      const others = members(entries).filter((other) => !other.leaving);
      if (others.length >= limit && whenFull === 'refuse') return { status: 'full' };
      for (const oldest of others.slice(0, Math.max(0, others.length - limit + 1))) {
        const entry = entries.get(oldest.key);
        if (entry) entry.leaving = true;
      }
    }
    if (replaces) entries.delete(replaces.key);
    entries.set(key, { createdAt, until: Math.max(until, before?.until ?? 0), leaving: false });
    return {
      status: 'in',
      leaving: members(entries)
        .filter((other) => other.leaving)
        .map(toMember),
    };
  }

  async prolong(
    place: IndexPlace,
    { key }: IndexMember,
    { until, epoch }: Pick<IndexTerms, 'until' | 'epoch'>,
  ): Promise<'in' | 'absent' | 'over'> {
    const found = this.find(place);
    if (found && epoch < found.epoch) return 'over';
    const entry = found?.entries.get(key);
    if (!entry) return 'absent';
    if (entry.leaving) return 'over';
    entry.until = Math.max(entry.until, until);
    return 'in';
  }

  async leave(place: IndexPlace, { key }: IndexMember): Promise<void> {
    const name = placeName(place);
    const found = this.places.get(name);
    found?.entries.delete(key);
    if (found) this.tidy(name, found);
  }

  async members(place: IndexPlace): Promise<readonly IndexedMember[]> {
    return members(this.find(place)?.entries ?? new Map());
  }

  async advance(place: IndexPlace, epoch: number, until: number): Promise<readonly IndexedMember[]> {
    const found = this.find(place) ?? this.begin(place);
    found.epoch = Math.max(found.epoch, epoch);
    found.until = Math.max(found.until, until);
    return members(found.entries);
  }

  /** Forgets what is over. */
  sweep(): void {
    for (const [name, place] of this.places) this.tidy(name, place);
  }

  clear(): void {
    this.places.clear();
  }

  private find(place: IndexPlace): Place | undefined {
    const name = placeName(place);
    const found = this.places.get(name);
    return found && this.tidy(name, found) ? found : undefined;
  }

  private begin(place: IndexPlace): Place {
    const found: Place = { entries: new Map(), epoch: 0, until: 0 };
    this.places.set(placeName(place), found);
    return found;
  }

  /** @returns false if nothing is left of the place */
  private tidy(name: string, place: Place): boolean {
    const now = this.clock.now();
    for (const [key, { until }] of place.entries) if (until <= now) place.entries.delete(key);
    if (place.until <= now) place.epoch = 0;
    if (place.entries.size > 0 || place.epoch > 0) return true;
    this.places.delete(name);
    return false;
  }
}

const toMember = ({ key, createdAt }: IndexMember): IndexMember => ({ key, createdAt });

const members = (entries: ReadonlyMap<string, Entry>): IndexedMember[] =>
  Array.from(entries, ([key, { createdAt, leaving }]) => ({ key, createdAt, leaving })).sort(
    (one, other) => one.createdAt - other.createdAt || (one.key < other.key ? -1 : 1),
  );
