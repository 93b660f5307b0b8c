import type { Clock } from './clock.js';

/**
 * A map that drops entries by time only: after `life` milliseconds at the earliest, and twice that at the latest. No entry
 * is evicted by another one. If there are more than `max`, all are dropped, and {@link forgot} says when.
 */
export class TimedMap<Key, Value> {
  private fresh = new Map<Key, Value>();
  private stale = new Map<Key, Value>();
  private turned: number;
  private lost = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly life: number,
    private readonly max: number,
  ) {
    this.turned = clock.now();
  }

  /** Milliseconds since the epoch: when it was last full and dropped all entries. */
  get forgot(): number {
    return this.lost;
  }

  get(key: Key): Value | undefined {
    this.turn();
    return this.fresh.get(key) ?? this.stale.get(key);
  }

  set(key: Key, value: Value): void {
    this.turn();
    if (this.fresh.size + this.stale.size >= this.max && !this.fresh.has(key)) {
      this.fresh.clear();
      this.stale.clear();
      this.lost = this.clock.now();
    }
    this.fresh.set(key, value);
  }

  private turn(): void {
    const now = this.clock.now();
    const turns = Math.floor((now - this.turned) / this.life);
    if (turns < 1) return;
    this.stale = turns === 1 ? this.fresh : new Map<Key, Value>();
    this.fresh = new Map<Key, Value>();
    this.turned = now;
  }
}
