import type { SessionRecord } from '../core/record.js';

type Touch = Pick<SessionRecord, 'lastSeenAt' | 'expiresAt'>;

/** The last renewals by this process, up to a limit. Losing one only costs an additional renewal. */
export class RecentTouches {
  // In order of the last touch, so the first is dropped next.
  private readonly touches = new Map<string, Touch>();

  constructor(private readonly limit: number) {}

  note(key: string, { lastSeenAt, expiresAt }: Touch): void {
    this.touches.delete(key);
    this.touches.set(key, { lastSeenAt, expiresAt });
    if (this.touches.size <= this.limit) return;
    const { value, done } = this.touches.keys().next();
    if (!done) this.touches.delete(value);
  }

  forget(key: string): void {
    this.touches.delete(key);
  }

  /** The record with the later of its own times and those of its last touch. */
  apply(key: string, record: SessionRecord): SessionRecord {
    const touch = this.touches.get(key);
    if (!touch || touch.lastSeenAt <= record.lastSeenAt) return record;
    return { ...record, lastSeenAt: touch.lastSeenAt, expiresAt: Math.max(touch.expiresAt, record.expiresAt) };
  }
}
