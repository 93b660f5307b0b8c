import { expect } from 'vitest';
import type { SessionRevocation } from '../../../libs/session/src/revocation/session-revocation.js';
import { until } from '../../support/redis-server.js';
import { end, isOver, standing, type RevocationCase, type RevocationUnderTest } from '../revocation-bench.js';

const MANY = 20;
const NAME = 'abcdefghijklmnopqrstuv';
const USER = 'alice.liddell@example.org';
/** Milliseconds that a call may take which the store does not answer. */
const AT_ONCE = 2_000;

const others = async ({ another }: RevocationUnderTest): Promise<SessionRevocation> => {
  if (!another) throw new Error('The suite was told that it is shared: give another()');
  return another();
};

const everyCall = (revocation: SessionRevocation): (() => Promise<unknown>)[] => [
  () => revocation.read(NAME, []),
  () => revocation.read(NAME, [USER, 'another']),
  () => end(revocation, NAME, Infinity),
  () => revocation.revokeBefore(USER, 7, Infinity),
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
    for (const secret of [NAME, USER]) expect(String(error)).not.toContain(secret);
  }
}

/** The store behind it. */
export const storeCases: readonly RevocationCase[] = [
  {
    name: 'says that it is in order',
    async prove({ revocation }) {
      await revocation.ping?.();
      expect(await revocation.read(NAME, [USER])).toEqual({ revokedBefore: [0] });
    },
  },
  {
    name: 'answers nothing after close(), which may be called again',
    async prove({ revocation }) {
      await end(revocation, NAME, Infinity);
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
      expect(await other.read(NAME, [USER])).toEqual({ revokedBefore: [0] });
      await revocation.raise(NAME, { least: 2, by: 'proof', until: Infinity });
      await revocation.revokeBefore(USER, 7, Infinity);
      const { entry, revokedBefore } = await other.read(NAME, [USER]);
      expect([entry?.least, revokedBefore]).toEqual([2, [7]]);
      expect((await end(other, NAME, Infinity))?.least).toBe(2);
      await other.revokeBefore(USER, 9, Infinity);
      expect([await isOver(revocation, NAME), await standing(revocation, USER)]).toEqual([true, 9]);
    },
  },
  {
    name: `tells one of ${MANY} in two processes that it ended the session`,
    needs: 'shared',
    async prove(bench) {
      const other = await others(bench);
      const calls = Array.from({ length: MANY }, (_, n) => end(n % 2 === 0 ? bench.revocation : other, NAME, Infinity));
      expect((await Promise.all(calls)).filter((was) => was === undefined)).toHaveLength(1);
    },
  },
  {
    name: 'remembers over a restart, and is not closed by another that closes',
    needs: 'shared',
    async prove(bench) {
      const other = await others(bench);
      await end(other, NAME, Infinity);
      await other.revokeBefore(USER, 7, Infinity);
      await other.close?.();
      expect([await isOver(bench.revocation, NAME), await standing(bench.revocation, USER)]).toEqual([true, 7]);
      await bench.revocation.close?.();
      const third = await others(bench);
      expect([await isOver(third, NAME), await standing(third, USER)]).toEqual([true, 7]);
    },
  },
  {
    name: 'keeps nothing that tells who the user is',
    needs: 'contents',
    async prove({ revocation, contents }) {
      await end(revocation, NAME, Infinity);
      await revocation.revokeBefore(USER, 7, Infinity);
      await revocation.read(NAME, [USER]);
      const kept = (await contents?.()) ?? '';
      // So it is the right place that is looked at.
      expect(kept).toContain(NAME);
      const spelled = (['base64', 'base64url', 'hex'] as const).map((as) => Buffer.from(USER).toString(as));
      for (const word of ['alice', 'example.org', ...spelled]) expect(kept).not.toContain(word);
    },
  },
  {
    name: 'refuses what a newer release wrote, and leaves it as it is',
    needs: 'formats',
    async prove({ revocation, formats }) {
      const newer = ['2 7 proof and-a-word-more', '2 made-of-something-else'] as const;
      for (const text of newer) {
        await formats?.plant(NAME, USER, text);
        for (let again = 0; again < 2; again++) {
          const { entry, revokedBefore } = await revocation.read(NAME, [USER]);
          expect([entry?.least, typeof entry?.over, revokedBefore]).toEqual([Infinity, 'string', [Infinity]]);
          // Nobody ends it for the first time, and no rotation goes on from it.
          expect(await end(revocation, NAME, Infinity)).toMatchObject({ least: Infinity, over: entry?.over });
          expect((await revocation.raise(NAME, { least: 9, by: 'age', graceUntil: 1, until: Infinity }))?.least).toBe(
            Infinity,
          );
          await revocation.revokeBefore(USER, 9, Infinity);
        }
        expect(await formats?.kept(NAME, USER)).toEqual([text, text]);
      }
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
        await revocation.read('another', [USER]);
        await end(revocation, 'another', Infinity);
        return true;
      });
    },
  },
];
