import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { RevocationEntry } from '../../libs/session/src/revocation/revocation-entry.js';
import type { SessionRevocation } from '../../libs/session/src/revocation/session-revocation.js';
import type { TestClock } from '../support/test-clock.js';

/** What more than the port there is to look at. The suite asks only about what is listed. */
export type RevocationAbility =
  /** Several processes can share it. */
  | 'shared'
  /** What it keeps can be read past it. */
  | 'contents'
  /** The store behind it can be taken away. */
  | 'outage'
  /** What a newer release would have written can be put into it. */
  | 'formats';

/** One fresh, empty revocation. */
export interface RevocationUnderTest {
  readonly revocation: SessionRevocation;
  readonly time: TestTime;
  /** Opens a second one over the same store, as another process does. */
  readonly another?: () => Promise<SessionRevocation>;
  /** All that the store keeps, as text. */
  readonly contents?: () => Promise<string>;
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> };
  /** What the store keeps under a name and a user, as text. */
  readonly formats?: {
    /** Lets it keep this, as if a newer release had written it. */
    plant(name: string, user: string, text: string): Promise<void>;
    kept(name: string, user: string): Promise<(string | undefined)[]>;
  };
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

/** Ends a session, as a logout does. @returns what was there before */
export const end = (revocation: SessionRevocation, name: string, until: number): Promise<RevocationEntry | undefined> =>
  revocation.raise(name, { least: Infinity, by: 'asked', over: 'signed-out', until });

/** Whether a session is over. */
export const isOver = async (revocation: SessionRevocation, name: string): Promise<boolean> =>
  (await revocation.read(name, [])).entry?.over !== undefined;

/** What stands against one user. */
export const standing = async (revocation: SessionRevocation, user: string): Promise<number | undefined> =>
  (await revocation.read('any', [user])).revokedBefore[0];

/** One sentence of the port, and its proof. Rejects if the sentence is broken. */
export interface RevocationCase {
  readonly name: string;
  readonly needs?: RevocationAbility;
  readonly prove: (bench: RevocationUnderTest) => Promise<void>;
}
