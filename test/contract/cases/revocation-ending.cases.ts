import { expect } from 'vitest';
import { end, isOver, standing, type RevocationCase, type RevocationUnderTest } from '../revocation-bench.js';

/** Long enough for a machine that is busy, in milliseconds. */
const SHORT = 500;
const HOUR = 3_600_000;

/** Lets time pass `until` then: waits for an entry that ends at that moment. */
async function outlive({ revocation, time }: RevocationUnderTest, until: number): Promise<void> {
  await end(revocation, 'marker', until);
  await time.ends(until, async () => !(await isOver(revocation, 'marker')));
}

/** How long it is remembered. */
export const endingCases: readonly RevocationCase[] = [
  {
    name: 'remembers a name until its last seal is over, and no longer',
    async prove({ revocation, time }) {
      const until = time.now() + SHORT;
      await end(revocation, 'name', until);
      await time.ends(until, async () => !(await isOver(revocation, 'name')));
      expect(await revocation.read('name', [])).toEqual({ revokedBefore: [] });
      expect(await end(revocation, 'name', time.now() + HOUR)).toBeUndefined();
    },
  },
  {
    name: 'remembers what stands against a user until the last seal before it is over, and no longer',
    async prove({ revocation, time }) {
      const until = time.now() + SHORT;
      await revocation.revokeBefore('user', 7, until);
      await time.ends(until, async () => (await standing(revocation, 'user')) === 0);
      await revocation.revokeBefore('user', 3, time.now() + HOUR);
      expect(await standing(revocation, 'user')).toBe(3);
    },
  },
  {
    name: 'accepts a time that is no whole millisecond',
    async prove({ revocation, time }) {
      expect(await end(revocation, 'name', time.now() + HOUR + 0.4)).toBeUndefined();
      await revocation.revokeBefore('user', 7, time.now() + HOUR + 0.4);
      expect([await isOver(revocation, 'name'), await standing(revocation, 'user')]).toEqual([true, 7]);
    },
  },
  {
    name: 'never forgets what ends at Infinity, or later than any date',
    async prove(bench) {
      const { revocation, time } = bench;
      const untils = [Infinity, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, 8_640_000_000_000_000];
      for (const until of untils) {
        expect(await end(revocation, `${until}`, until)).toBeUndefined();
        await revocation.revokeBefore(`${until}`, 7, until);
      }
      await outlive(bench, time.now() + SHORT);
      time.leap();
      for (const until of untils) {
        expect([await isOver(revocation, `${until}`), await standing(revocation, `${until}`)]).toEqual([true, 7]);
        expect((await end(revocation, `${until}`, time.now() + HOUR))?.over).toBe('signed-out');
      }
    },
  },
  {
    name: 'keeps nothing of a session that is over by itself',
    async prove({ revocation, time }) {
      for (const until of [time.now() - 1, time.now() - HOUR, 0, -1, -Infinity]) {
        expect(await end(revocation, 'name', until)).toBeUndefined();
        await revocation.revokeBefore('user', 7, until);
        expect(await revocation.read('name', ['user'])).toEqual({ revokedBefore: [0] });
      }
      expect(await end(revocation, 'name', time.now() + HOUR)).toBeUndefined();
    },
  },
  {
    name: 'remembers for as long as the latest call says, whatever else that call changes',
    async prove(bench) {
      const { revocation, time } = bench;
      const until = time.now() + SHORT;
      for (const [name, least] of [
        ['more', 6],
        ['less', 1],
      ] as const) {
        await revocation.raise(name, { least: 3, by: 'proof', until });
        await revocation.revokeBefore(name, 3, until);
        await revocation.raise(name, { least, by: 'proof', until: time.now() + HOUR });
        await revocation.revokeBefore(name, least, time.now() + HOUR);
      }
      await outlive(bench, until);
      for (const [name, stands] of [
        ['more', 6],
        ['less', 3],
      ] as const) {
        const { entry, revokedBefore } = await revocation.read(name, [name]);
        expect([entry?.least, revokedBefore]).toEqual([stands, [stands]]);
      }
    },
  },
  {
    name: 'forgets nothing earlier because a later call says less',
    async prove(bench) {
      const { revocation, time } = bench;
      for (const name of ['an hour', 'for ever']) {
        const long = name === 'an hour' ? time.now() + HOUR : Infinity;
        await revocation.raise(name, { least: 1, by: 'age', until: long });
        await revocation.revokeBefore(name, 1, long);
        for (const [n, less] of [time.now() + SHORT, time.now() - 1].entries()) {
          await revocation.raise(name, { least: 2 + n, by: 'proof', until: less });
          await revocation.revokeBefore(name, 2 + n, less);
        }
        await end(revocation, name, time.now() + SHORT);
      }
      await outlive(bench, time.now() + SHORT);
      for (const name of ['an hour', 'for ever']) {
        expect([await isOver(revocation, name), await standing(revocation, name)]).toEqual([true, 3]);
      }
    },
  },
];
