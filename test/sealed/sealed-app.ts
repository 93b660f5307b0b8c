import { SessionRegistry, type SessionModuleOptions } from 'nest-session';
import {
  memoryRevocation,
  sealedCookie,
  type RevocationRaise,
  type SealedCookieOptions,
  type SessionRevocation,
} from 'nest-session/sealed';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { TestClock } from '../support/test-clock.js';
import type { Platform } from '../support/nest-app.js';

export const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';
export const otherPassword = 'Zm5pT1xQ8wK3vB7nR2cY6hJ4dF9gL0sE';

export interface SealedApp extends TestApp {
  readonly clock: TestClock;
  readonly registry: SessionRegistry;
}

/** An application whose sessions are sealed into the cookie "sid". */
export async function startSealedApp(
  given: Partial<SealedCookieOptions> = {},
  more: SessionModuleOptions & { readonly platform?: Platform; readonly clock?: TestClock } = {},
): Promise<SealedApp> {
  const { platform = 'express', clock = new TestClock(), ...options } = more;
  const session = await startTestApp(platform, {
    store: sealedCookie({ password, cookieName: 'sid', revocation: memoryRevocation({ clock }), ...given }),
    clock,
    ...options,
  });
  return { ...session, clock, registry: session.app.get(SessionRegistry) };
}

/** Counts what is asked of a revocation store, and fails on demand. */
export class WatchedRevocation implements SessionRevocation {
  asked = 0;
  down = false;

  constructor(
    private readonly inner: SessionRevocation,
    readonly staleness = 0,
  ) {}

  read(name: string, users: readonly string[]) {
    this.asked++;
    return this.whenUp(() => this.inner.read(name, users));
  }

  raise(name: string, raise: RevocationRaise) {
    return this.whenUp(() => this.inner.raise(name, raise));
  }

  revokeBefore(user: string, time: number, until: number) {
    return this.whenUp(() => this.inner.revokeBefore(user, time, until));
  }

  private whenUp<T>(call: () => Promise<T>): Promise<T> {
    return this.down ? Promise.reject(new Error('the revocation store is down')) : call();
  }
}
