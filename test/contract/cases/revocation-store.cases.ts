import { expect } from 'vitest';
import type { SessionRevocation } from '../../../libs/session/src/revocation/session-revocation.js';
import { until } from '../../support/redis-server.js';
import type { RevocationCase, RevocationUnderTest } from '../revocation-bench.js';

const MANY = 20;
const HANDLE = 'abcdefghijklmnopqrstuv';
const USER = 'alice.liddell@example.org';
/** Milliseconds that a call may take which the store does not answer. */
const AT_ONCE = 2_000;

const others = async ({ another }: RevocationUnderTest): Promise<SessionRevocation> => {
  if (!another) throw new Error('The suite was told that it is shared: give another()');
  return another();
};

const everyCall = (revocation: SessionRevocation): (() => Promise<unknown>)[] => [
  () => revocation.read(HANDLE, undefined),
  () => revocation.read(HANDLE, USER),
  () => revocation.revoke(HANDLE, Infinity),
  () => revocation.revokeUser(USER, 'a-secret-epoch', Infinity),
  ...(revocation.ping ? [() => revocation.ping?.() ?? Promise.resolve()] : []),
];

/** Expects that nothing is answered: an answer that is made up would let ended sessions live. */
async function expectRefusals(revocation: SessionRevocation): Promise<void> {
  for (const call of everyCall(revocation)) {
    const start = performance.now();
    const error: unknown = await call().then(
      () => 'it was answered',
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    expect(performance.now() - start).toBeLessThan(AT_ONCE);
    for (const secret of [HANDLE, USER, 'a-secret-epoch']) expect(String(error)).not.toContain(secret);
  }
}

/** The store behind it. */
export const storeCases: readonly RevocationCase[] = [
  {
    name: 'says that it is in order',
    async prove({ revocation }) {
      await revocation.ping?.();
      expect(await revocation.read(HANDLE, USER)).toEqual({ revoked: false, epoch: undefined });
    },
  },
  {
    name: 'answers nothing after close(), which may be called again',
    async prove({ revocation }) {
      await revocation.revoke(HANDLE, Infinity);
      await revocation.close?.();
      await revocation.close?.();
      await expectRefusals(revocation);
    },
  },
  {
    name: 'sees at once what another process did',
    needs: 'shared',
    async prove(bench) {
      const { revocation } = bench;
      const other = await others(bench);
      expect(await other.read(HANDLE, USER)).toEqual({ revoked: false, epoch: undefined });
      await revocation.revoke(HANDLE, Infinity);
      await revocation.revokeUser(USER, 'epoch-1', Infinity);
      expect(await other.read(HANDLE, USER)).toEqual({ revoked: true, epoch: 'epoch-1' });
      expect(await other.revoke(HANDLE, Infinity)).toBe(false);
      await other.revokeUser(USER, 'epoch-2', Infinity);
      expect(await revocation.read(HANDLE, USER)).toEqual({ revoked: true, epoch: 'epoch-2' });
    },
  },
  {
    name: `tells one of ${MANY} in two processes that it ended the session`,
    needs: 'shared',
    async prove(bench) {
      const other = await others(bench);
      const calls = Array.from({ length: MANY }, (_, n) =>
        (n % 2 === 0 ? bench.revocation : other).revoke(HANDLE, Infinity),
      );
      expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
    },
  },
  {
    name: 'remembers over a restart, and is not closed by another that closes',
    needs: 'shared',
    async prove(bench) {
      const other = await others(bench);
      await other.revoke(HANDLE, Infinity);
      await other.revokeUser(USER, 'epoch', Infinity);
      await other.close?.();
      expect(await bench.revocation.read(HANDLE, USER)).toEqual({ revoked: true, epoch: 'epoch' });
      await bench.revocation.close?.();
      expect(await (await others(bench)).read(HANDLE, USER)).toEqual({ revoked: true, epoch: 'epoch' });
    },
  },
  {
    name: 'keeps nothing that tells who the user is',
    needs: 'contents',
    async prove({ revocation, contents }) {
      await revocation.revoke(HANDLE, Infinity);
      await revocation.revokeUser(USER, 'epoch-of-somebody', Infinity);
      await revocation.read(HANDLE, USER);
      const kept = (await contents?.()) ?? '';
      // So it is the right place that is looked at.
      expect(kept).toContain(HANDLE);
      const spelled = (['base64', 'base64url', 'hex'] as const).map((as) => Buffer.from(USER).toString(as));
      for (const word of ['alice', 'example.org', ...spelled]) expect(kept).not.toContain(word);
    },
  },
  {
    name: 'rejects soon while the store is away, and works again when it is back',
    needs: 'outage',
    async prove({ revocation, outage }) {
      await outage?.begin();
      try {
        await expectRefusals(revocation);
      } finally {
        await outage?.end();
      }
      await until('it works again', async () => {
        await revocation.read('another', USER);
        await revocation.revoke('another', Infinity);
        return true;
      });
    },
  },
];
