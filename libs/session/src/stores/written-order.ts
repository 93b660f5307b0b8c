/** Values by their keys, in the order of their last write. To take the oldest out costs the same however many there are. */
export class WrittenOrder<V> {
  private readonly values = new Map<string, V>();
  // Continues where it stopped: a new iterator would step over all values that were taken out before.
  private oldest: MapIterator<[string, V]> | undefined;

  get size(): number {
    return this.values.size;
  }

  get(key: string): V | undefined {
    return this.values.get(key);
  }

  /** Adds a value as the newest. Its key must not be in here. */
  add(key: string, value: V): void {
    this.values.set(key, value);
  }

  delete(key: string): boolean {
    return this.values.delete(key);
  }

  /** Takes out what was written longest ago. */
  takeOldest(): V | undefined {
    this.oldest ??= this.values.entries();
    const { value } = this.oldest.next();
    // An iterator that has come to its end gives nothing that is added later.
    if (!value) this.release();
    else this.values.delete(value[0]);
    return value?.[1];
  }

  /** Lets go of the former tables of the map, all of which an idle iterator keeps alive. */
  release(): void {
    this.oldest = undefined;
  }

  clear(): void {
    this.values.clear();
    this.release();
  }

  [Symbol.iterator](): MapIterator<V> {
    return this.values.values();
  }
}
