import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SessionLockError } from '../errors/session-state.errors.js';
import type { RequestSession } from './request-session.js';
import type { SessionEngine } from '../engine/session-engine.js';

/** Gives a lock back. */
export type Release = () => Promise<void>;

const LONGEST_PAUSE = 50;

/** Lets the requests of one session go one at a time, in this process in the order they came, and across processes. */
export class SessionLocks {
  // The end of the line of each session, in this process.
  private readonly lines = new Map<string, Promise<void>>();

  constructor(private readonly engine: SessionEngine) {}

  /**
   * Waits for its turn, and shows the request what the one before it saved.
   * @param wait milliseconds
   * @throws `SessionLockError` when its turn does not come in time
   */
  async acquire(session: RequestSession, wait: number): Promise<Release> {
    await session.load();
    const id = session.sharedId;
    if (id === undefined) return () => Promise.resolve();
    const deadline = performance.now() + wait;
    const leave = await this.queue(id, deadline);
    let unlock: Release | undefined;
    const release = async () => {
      await unlock?.();
      leave();
    };
    try {
      unlock = await this.take(id, deadline);
      await session.refresh();
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  }

  private async queue(id: string, deadline: number): Promise<() => void> {
    const before = this.lines.get(id);
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    // Whoever gives up leaves his place to the one before him.
    const end = Promise.all([before, left]).then(() => {
      if (this.lines.get(id) === end) this.lines.delete(id);
    });
    this.lines.set(id, end);
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

  private async take(id: string, deadline: number): Promise<Release> {
    for (let pause = 2; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const unlock = await this.engine.lock(id);
      if (unlock) return unlock;
      if (performance.now() + pause > deadline) throw new SessionLockError();
      // Spread, so that processes that wait together do not ask together.
      await delay(randomInt(1, pause + 1));
    }
  }
}
