/**
 * A map that forgets when it is full. What was set, or asked for, last is remembered: at least the last half of `most`.
 *
 * In two generations, because a Map that loses its first entry again and again steps over more and more gaps to find it.
 */
export class BoundedMap<Key, Value> {
  private fresh = new Map<Key, Value>();
  private stale = new Map<Key, Value>();
  private readonly half: number;

  constructor(most: number) {
    this.half = Math.max(1, Math.floor(most / 2));
  }

  /** How many entries are remembered: one that was asked for again may count twice. */
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
