import type { SessionData } from 'express-session';
import { SessionStoreError } from '../errors/session-store.error.js';
import { canTouch, followConnection, nameOf, type ConnectStyleStore } from './connect-style-store.js';
import { callForeign, type ForeignCallback, type ForeignOperation } from './foreign-call.js';
import { OutageGuard, type GuardedStore } from './outage-guard.js';
import { LateAnswer } from './shared-timeout.js';

/** Milliseconds between two probes. */
const PROBE_EVERY = 2_000;
/** What a probe reads: no session has this key. */
const PROBE = 'nest-session-probe';
/** A foreign store has one part: it is available as a whole or not at all. */
const ALL = '';

/** A store of express-session by promises, behind the outage guard. */
export class ForeignStore implements GuardedStore {
  readonly name: string;
  readonly touches: boolean;
  private readonly outage: OutageGuard;
  private unfollow: (() => void) | undefined;

  /** @param timeout milliseconds */
  constructor(
    private readonly wrapped: ConnectStyleStore,
    timeout: number,
  ) {
    this.name = nameOf(wrapped);
    this.touches = canTouch(wrapped);
    this.outage = new OutageGuard(this, { timeout, probeEvery: PROBE_EVERY });
    this.follow();
  }

  /** Listens to the store's connection events. They are checked by a probe. */
  follow(): void {
    this.unfollow ??= followConnection(this.wrapped, (connected) =>
      connected ? this.outage.reset() : this.outage.open(ALL, undefined, false),
    );
  }

  /** Stops listening. */
  leave(): void {
    this.unfollow?.();
    this.unfollow = undefined;
    this.outage.reset();
  }

  get(key: string): Promise<unknown> {
    return this.call('get', [key], (done) => this.wrapped.get(key, done));
  }

  async set(key: string, session: SessionData, counts = true): Promise<void> {
    await this.call('set', [key, session], (done) => this.wrapped.set(key, session, done), counts);
  }

  /** A renewal, which no request waits for: it opens no circuit. */
  async touch(key: string, session: SessionData): Promise<void> {
    await this.call('touch', [key, session], (done) => this.wrapped.touch?.(key, session, done), false);
  }

  async destroy(key: string): Promise<void> {
    await this.call('destroy', [key], (done) => this.wrapped.destroy(key, done));
  }

  probe(): Promise<unknown> {
    const asked = callForeign({ store: this.name, operation: 'get', given: [] }, (done) =>
      this.wrapped.get(PROBE, done),
    );
    // A lost probe must not be the last one: the next may be answered.
    const lost = new Promise((_resolve, reject) => {
      setTimeout(() => reject(new LateAnswer(2 * PROBE_EVERY)), 2 * PROBE_EVERY).unref();
    });
    return Promise.race([asked, lost]);
  }

  refused(): Error {
    return new SessionStoreError(
      `The session store ${this.name} does not answer, or says that it is disconnected. It is probed every ` +
        `${PROBE_EVERY / 1000} seconds.`,
    );
  }

  failed(error: unknown, about: string | undefined): Error {
    if (error instanceof LateAnswer) {
      const { timeout } = error;
      return new SessionStoreError(`The session store ${this.name} did not answer ${about}() within ${timeout} ms.`);
    }
    return error instanceof Error ? error : new SessionStoreError(`The session store ${this.name} failed.`);
  }

  /** An error is an answer. Only silence shows that other commands would fail too. */
  isOutage(error: unknown): boolean {
    return error instanceof LateAnswer;
  }

  private call(
    operation: ForeignOperation['operation'],
    given: readonly unknown[],
    call: (callback: ForeignCallback) => unknown,
    counts = true,
  ): Promise<unknown> {
    return this.outage.run(ALL, operation, () => callForeign({ store: this.name, operation, given }, call), counts);
  }
}
