import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionLockError } from '../errors/session-state.errors.js';
import type { RequestSession } from './request-session.js';
import type { SessionEngine } from '../engine/session-engine.js';

/** Releases a lock. */
export type Release = () => Promise<void>;

const MAX_PAUSE = 50;

/** Lets the requests of one session run one at a time: in this process in their order, and across processes. */
export class SessionLocks {
  // The last waiting request of each session, in this process.
  private readonly lines = new Map<string, Promise<void>>();

  constructor(private readonly engine: SessionEngine) {}

  /**
   * Waits for the lock, and shows the request what the one before it saved.
   * @param wait milliseconds
   * @throws `SessionLockError` if it does not get the lock in time
   */
  async acquire(session: RequestSession, wait: number): Promise<Release> {
    await session.load();
    const key = session.sharedKey;
    if (key === undefined) return () => Promise.resolve();
    const deadline = performance.now() + wait;
    const leave = await this.queue(key, deadline);
    let unlock: Release | undefined;
    const release = async () => {
      await unlock?.();
      leave();
    };
    try {
      unlock = await this.take(key, deadline);
      await session.refresh();
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  }

  private async queue(key: string, deadline: number): Promise<() => void> {
    const before = this.lines.get(key);
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    // If a request gives up, the next one waits for the one before it.
    const end = Promise.all([before, left]).then(() => {
      if (this.lines.get(key) === end) this.lines.delete(key);
    });
    this.lines.set(key, end);
    if (!before) return leave;
    const giveUp = new AbortController();
    const timeout = delay(Math.max(0, deadline - performance.now()), 'late', { signal: giveUp.signal }).catch(
      () => 'late',
    );
    const outcome = await Promise.race([before.then(() => 'turn'), timeout]);
    giveUp.abort();
    if (outcome === 'turn') return leave;
    leave();
    throw new SessionLockError();
  }

  private async take(key: string, deadline: number): Promise<Release> {
    for (let pause = 2; ; pause = Math.min(pause * 2, MAX_PAUSE)) {
      const unlock = await this.engine.lock(key);
      if (unlock) return unlock;
      if (performance.now() + pause > deadline) throw new SessionLockError();
      // Random, so that waiting processes do not ask at the same time.
      await delay(randomInt(1, pause + 1));
    }
  }
}
