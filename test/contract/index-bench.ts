import { randomBytes } from 'node:crypto';
import type { IndexedMember, IndexMember, IndexKey, EntryOptions, SessionIndex } from 'nest-session/store';
import type { TestClock } from '../support/test-clock.js';

/** One fresh, empty index. */
export interface IndexUnderTest {
  readonly index: SessionIndex;
  readonly clock: TestClock;
  /** Opens a second one over the same store, as another process does. */
  readonly another?: () => Promise<SessionIndex>;
  cleanup(): Promise<void>;
}

/** One sentence of the port, and its proof. Rejects if the sentence is broken. */
export interface IndexCase {
  readonly name: string;
  /** It needs {@link IndexUnderTest.another}. */
  readonly shared?: boolean;
  readonly prove: (bench: IndexBench) => Promise<void>;
}

export const HOUR = 3_600_000;

/** What every case stands on: the index of the running test, and time. */
export class IndexBench {
  readonly place: IndexKey = { index: 'user', value: 'u1' };
  private made = 0;

  constructor(readonly under: IndexUnderTest) {}

  get index(): SessionIndex {
    return this.under.index;
  }

  get now(): number {
    return this.under.clock.now();
  }

  /** A session that was not added yet; each is a millisecond older than the one before. */
  member(different: Partial<IndexMember> = {}): IndexMember {
    return { key: randomBytes(16).toString('base64url'), createdAt: this.now - HOUR - this.made++, ...different };
  }

  terms(different: Partial<EntryOptions> = {}): EntryOptions {
    return { until: this.now + HOUR, revokedBefore: 0, ...different };
  }

  add = (member: IndexMember, terms: Partial<EntryOptions> = {}, place = this.place) =>
    this.index.add(place, member, this.terms(terms));

  /** Adds so many sessions. @returns the oldest first */
  async entered(count: number, terms: Partial<EntryOptions> = {}): Promise<IndexMember[]> {
    const members = Array.from({ length: count }, () => this.member());
    for (const member of members) await this.add(member, terms);
    return members.toReversed();
  }

  extend = (member: IndexMember, terms: Partial<EntryOptions> = {}, place = this.place) =>
    this.index.extend(place, member, this.terms(terms));

  /** The keys of those that are in and stay. */
  async staying(place = this.place): Promise<string[]> {
    return keysOf((await this.index.members(place)).filter(({ evicting }) => !evicting));
  }

  async evicting(place = this.place): Promise<string[]> {
    return keysOf((await this.index.members(place)).filter(({ evicting }) => evicting));
  }
}

export const keysOf = (members: readonly (IndexMember | IndexedMember)[]): string[] => members.map(({ key }) => key);
