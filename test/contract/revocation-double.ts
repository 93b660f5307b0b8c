import { SessionStoreError } from '../../libs/session/src/errors/session-store.error.js';
import { memoryRevocation } from '../../libs/session/src/revocation/memory-revocation.js';
import type { SessionRevocation } from '../../libs/session/src/revocation/session-revocation.js';
import { userKey } from '../../libs/session/src/revocation/user-key.js';
import { TestClock } from '../support/test-clock.js';
import { manualTime, type RevocationUnderTest } from './revocation-bench.js';

/** The store that doubles share. */
interface Backend extends SessionRevocation {
  /** What lies around in it. */
  readonly kept: string[];
  away: boolean;
}

/** Replaces some methods of a sound double by broken ones. */
export type Defect = (sound: SessionRevocation, backend: Backend, clock: TestClock) => Partial<SessionRevocation>;

/** A revocation that the suite can look at from all sides, and that is right but for its defect. */
export function double(defect: Defect): RevocationUnderTest {
  const clock = new TestClock();
  const backend: Backend = Object.assign(memoryRevocation({ clock }), { kept: [], away: false });
  const open = (): SessionRevocation => {
    let closed = false;
    const assertAnswers = async (): Promise<void> => {
      if (closed || backend.away) throw new SessionStoreError('There is no answer.');
    };
    const sound: SessionRevocation = {
      read: (handle, userId) => assertAnswers().then(() => backend.read(handle, userId)),
      async revoke(handle, until) {
        await assertAnswers();
        backend.kept.push(handle);
        return backend.revoke(handle, until);
      },
      async revokeUser(userId, epoch, until) {
        await assertAnswers();
        backend.kept.push(userKey(userId));
        await backend.revokeUser(userId, epoch, until);
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
    outage: { begin: async () => void (backend.away = true), end: async () => void (backend.away = false) },
    cleanup: () => Promise.resolve(),
  };
}
