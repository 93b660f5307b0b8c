/** Limits of a {@link NearCache}. */
export interface NearCacheLimits {
  readonly maxEntries: number;
  /** Milliseconds. */
  readonly maxAge: number;
  /** Characters of all texts together. */
  readonly maxText: number;
  /** Milliseconds that a proof lasts: see {@link NearCache.prove}. */
  readonly proofLasts: number;
}

interface Entry {
  readonly text: string;
  /** When Redis was asked for it: the text may be that old. */
  readonly since: number;
}

interface Flight {
  readonly text: Promise<string | null>;
  readonly since: number;
}

/**
 * Texts as Redis has them, by name, as long as it is certain that changes are received.
 *
 * The tracker of changes says what is certain: {@link prove}, {@link doubt}. No text is returned that may be older than the
 * last proof allows. This does not depend on timers, so a process that was stopped for a while returns nothing old either.
 */
export class NearCache {
  // Roughly in the order in which they were loaded: the first ones are the oldest.
  private readonly entries = new Map<string, Entry>();
  // Reads in progress that a change may invalidate. The result of a read that is no longer in here is not kept.
  private readonly flights = new Map<string, Flight>();
  private authTime = -Infinity;
  private characters = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly limits: NearCacheLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How many texts there are. */
  get size(): number {
    return this.entries.size;
  }

  /** The text, if it is certain. */
  get(name: string): string | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    const now = this.now();
    return this.isProven(now) && now - entry.since < this.limits.maxAge ? entry.text : undefined;
  }

  /** Reads a text and keeps it, unless it changes meanwhile. Concurrent reads of the same text are one. */
  load(name: string, ask: () => Promise<string | null>): Promise<string | null> {
    const now = this.now();
    if (!this.isProven(now)) return ask();
    const other = this.flights.get(name);
    if (other && now - other.since < this.limits.maxAge) return other.text;
    const flight: Flight = { text: ask(), since: now };
    this.flights.set(name, flight);
    flight.text.then(
      (text) => {
        if (this.land(name, flight) && text !== null) this.keep(name, { text, since: flight.since });
      },
      () => this.land(name, flight),
    );
    return flight.text;
  }

  /** The text has changed or is about to. A read in progress is not kept, and later calls read again. */
  forget(name: string): void {
    this.flights.delete(name);
    this.drop(name);
  }

  /** As {@link forget}, for all of them. */
  clear(): void {
    this.flights.clear();
    this.entries.clear();
    this.characters = 0;
  }

  /** Every change up to this time has been received, and tracking works. */
  prove(at: number): void {
    this.authTime = Math.max(this.authTime, at);
  }

  /** Changes may be missed from now on. */
  doubt(): void {
    this.authTime = -Infinity;
    this.clear();
  }

  /** Deletes texts that are too old to be returned. */
  sweep(): void {
    const oldest = this.now() - this.limits.maxAge;
    for (const [name, { since }] of this.entries) {
      if (since > oldest) return;
      this.drop(name);
    }
  }

  private isProven(now: number): boolean {
    return now - this.authTime <= this.limits.proofLasts;
  }

  private land(name: string, flight: Flight): boolean {
    return this.flights.get(name) === flight && this.flights.delete(name);
  }

  private keep(name: string, entry: Entry): void {
    this.drop(name);
    // Redis sends names as bytes, which are unambiguous only for well-formed text.
    if (!isWellFormed(name)) return;
    this.entries.set(name, entry);
    this.characters += entry.text.length;
    const { maxEntries, maxText } = this.limits;
    for (const [oldest] of this.entries) {
      if (this.entries.size <= maxEntries && this.characters <= maxText) return;
      this.drop(oldest);
    }
  }

  private drop(name: string): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    this.entries.delete(name);
    this.characters -= entry.text.length;
  }
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
