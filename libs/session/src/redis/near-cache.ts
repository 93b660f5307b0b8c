/** What a {@link NearCache} is bounded by. */
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
 * Texts as Redis holds them, by name, for as long as it is certain that a change would have been heard of.
 *
 * Whoever listens for changes says what is certain: {@link prove}, {@link doubt}. Nothing is given that may be older
 * than the last proof allows, whatever timers do, so a process that was stopped for a while gives nothing old either.
 */
export class NearCache {
  // In the order in which they were asked for, nearly: the first ones are the oldest.
  private readonly entries = new Map<string, Entry>();
  // Reads that a change may still make worthless. Whoever is not in here any more is not kept.
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

  /** The text, if it is certain enough. */
  get(name: string): string | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    const now = this.now();
    return this.isProven(now) && now - entry.since < this.limits.maxAge ? entry.text : undefined;
  }

  /** Asks for a text and keeps it, unless it changes meanwhile. Those who want the same one at once ask once. */
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

  /** The text has changed or is about to. What was asked for before is not kept, and answers nobody who asks later. */
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

  /** Every change up to this time has been heard of, and changes are listened for. */
  prove(at: number): void {
    this.authTime = Math.max(this.authTime, at);
  }

  /** Changes may go unheard from now on. */
  doubt(): void {
    this.authTime = -Infinity;
    this.clear();
  }

  /** Lets go of what is too old to be given. */
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
    // Redis tells the name in bytes, which stand for no other text only if the text is well-formed.
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
