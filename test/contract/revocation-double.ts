import { SessionStoreError } from '../../libs/session/src/errors/session-store.error.js';
import { memoryRevocation } from '../../libs/session/src/revocation/memory-revocation.js';
import { UNREADABLE } from '../../libs/session/src/revocation/revocation-entry.js';
import type { SessionRevocation } from '../../libs/session/src/revocation/session-revocation.js';
import { userKey } from '../../libs/session/src/revocation/user-key.js';
import { TestClock } from '../support/test-clock.js';
import { manualTime, type RevocationUnderTest } from './revocation-bench.js';

/** The store that doubles share. */
interface Backend extends SessionRevocation {
  /** What lies around in it. */
  readonly kept: string[];
  /** What a newer release wrote: what it is, by the name and the user. */
  readonly newer: Map<string, string>;
  away: boolean;
}

/** Replaces some methods of a sound double by broken ones. */
export type Defect = (sound: SessionRevocation, backend: Backend, clock: TestClock) => Partial<SessionRevocation>;

/** A revocation that the suite can look at from all sides, and that is right but for its defect. */
export function double(defect: Defect): RevocationUnderTest {
  const clock = new TestClock();
  const backend: Backend = Object.assign(memoryRevocation({ clock }), { kept: [], newer: new Map(), away: false });
  const open = (): SessionRevocation => {
    let closed = false;
    const assertAnswers = async (): Promise<void> => {
      if (closed || backend.away) throw new SessionStoreError('There is no answer.');
    };
    const sound: SessionRevocation = {
      async read(name, users) {
        await assertAnswers();
        const found = await backend.read(name, users);
        return {
          ...found,
          ...(backend.newer.has(name) && { entry: UNREADABLE }),
          revokedBefore: users.map((user, n) =>
            backend.newer.has(userKey(user)) ? Infinity : (found.revokedBefore[n] ?? 0),
          ),
        };
      },
      async raise(name, raise) {
        await assertAnswers();
        if (backend.newer.has(name)) return UNREADABLE;
        backend.kept.push(name);
        return backend.raise(name, raise);
      },
      async revokeBefore(user, time, until) {
        await assertAnswers();
        if (backend.newer.has(userKey(user))) return;
        backend.kept.push(userKey(user));
        await backend.revokeBefore(user, time, until);
      },
      ping: assertAnswers,
      close: async () => void (closed = true),
    };
    return { ...sound, ...defect(sound, backend, clock) };
  };
  return {
    revocation: open(),
    time: manualTime(clock),
    another: () => Promise.resolve(open()),
    contents: () => Promise.resolve(backend.kept.join('\n')),
    formats: {
      plant: async (name, user, text) => void backend.newer.set(name, text).set(userKey(user), text),
      kept: async (name, user) => [backend.newer.get(name), backend.newer.get(userKey(user))],
    },
    outage: { begin: async () => void (backend.away = true), end: async () => void (backend.away = false) },
    cleanup: () => Promise.resolve(),
  };
}
