import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SessionRevocation } from '../../libs/session/src/revocation/session-revocation.js';
import type { TestClock } from '../support/test-clock.js';

/** What more than the port there is to look at. The suite asks only about what is listed. */
export type RevocationAbility =
  /** Several processes can share it. */
  | 'shared'
  /** What it keeps can be read past it. */
  | 'contents'
  /** The store behind it can be taken away. */
  | 'outage';

/** One fresh, empty revocation. */
export interface RevocationUnderTest {
  readonly revocation: SessionRevocation;
  readonly time: TestTime;
  /** Opens a second one over the same store, as another process does. */
  readonly another?: () => Promise<SessionRevocation>;
  /** All that the store keeps, as text. */
  readonly contents?: () => Promise<string>;
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> };
  cleanup(): Promise<void>;
}

/** How time passes for the store. */
export interface TestTime {
  now(): number;
  /** Lets time pass until `over` is true; fails if that is before `until`, or long after. */
  ends(until: number, over: () => Promise<boolean>): Promise<void>;
  /** Lets a thousand years pass, where time can be moved. */
  leap(): void;
}

/** A store that counts in whole seconds may keep an entry for one more. */
const COARSE = 1_000;
/** How much a server's clock and ours may differ in rounding. */
const ROUNDING = 2;
const PATIENCE = 5_000;

/** The time of a store that goes by the clock that it is given. */
export const manualTime = (clock: TestClock): TestTime => ({
  now: () => clock.now(),
  async ends(until, over) {
    clock.advance(until - clock.now() - 1);
    expect(await over(), 'is over too early').toBe(false);
    clock.advance(1 + COARSE);
    expect(await over(), 'is over in the end').toBe(true);
  },
  leap: () => clock.advance(1_000 * 365 * 86_400_000),
});

/** The time of a store that goes by a clock of its own. */
export const realTime: TestTime = {
  now: () => Date.now(),
  async ends(until, over) {
    while (!(await over())) {
      expect(Date.now(), 'is over in the end').toBeLessThan(until + PATIENCE);
      await sleep(5);
    }
    expect(Date.now(), 'is not over too early').toBeGreaterThanOrEqual(until - ROUNDING);
  },
  leap: () => {},
};

/** One sentence of the port, and its proof. Rejects if the sentence is broken. */
export interface RevocationCase {
  readonly name: string;
  readonly needs?: RevocationAbility;
  readonly prove: (bench: RevocationUnderTest) => Promise<void>;
}
