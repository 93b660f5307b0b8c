/**
 * A map that drops entries when it is full. At least the `max` / 2 entries that were set or read last are kept.
 *
 * It has two generations, because a Map whose first entry is deleted again and again gets slower at finding the next.
 */
export class BoundedMap<Key, Value> {
  private fresh = new Map<Key, Value>();
  private stale = new Map<Key, Value>();
  private readonly half: number;

  constructor(max: number) {
    this.half = Math.max(1, Math.floor(max / 2));
  }

  /** How many entries are kept. One that was read again may count twice. */
  get size(): number {
    return this.fresh.size + this.stale.size;
  }

  get(key: Key): Value | undefined {
    const value = this.fresh.get(key);
    if (value !== undefined) return value;
    const old = this.stale.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    if (this.fresh.size >= this.half && !this.fresh.has(key)) {
      this.stale = this.fresh;
      this.fresh = new Map();
    }
    this.fresh.set(key, value);
  }

  delete(key: Key): void {
    this.fresh.delete(key);
    this.stale.delete(key);
  }

  clear(): void {
    this.fresh.clear();
    this.stale.clear();
  }
}
