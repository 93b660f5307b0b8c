import { expect } from 'vitest';
import type { RevocationCase, RevocationUnderTest } from '../revocation-bench.js';

/** Long enough for a machine that is busy, in milliseconds. */
const SHORT = 500;
const HOUR = 3_600_000;
const NOTHING = { revoked: false, epoch: undefined };

/** Lets time pass `until` then: waits for a session that ends at that moment. */
async function outlive({ revocation, time }: RevocationUnderTest, until: number): Promise<void> {
  await revocation.revoke('marker', until);
  await time.ends(until, async () => !(await revocation.read('marker', undefined)).revoked);
}

/** How long it is remembered. */
export const endingCases: readonly RevocationCase[] = [
  {
    name: 'remembers a session until its last seal is over, and no longer',
    async prove({ revocation, time }) {
      const until = time.now() + SHORT;
      expect(await revocation.revoke('handle', until)).toBe(true);
      await time.ends(until, async () => !(await revocation.read('handle', undefined)).revoked);
    },
  },
  {
    name: 'remembers an epoch until the last seal before it is over, and no longer',
    async prove({ revocation, time }) {
      const until = time.now() + SHORT;
      await revocation.revokeUser('user', 'epoch', until);
      await time.ends(until, async () => (await revocation.read('handle', 'user')).epoch === undefined);
    },
  },
  {
    name: 'accepts a time that is no whole millisecond',
    async prove({ revocation, time }) {
      expect(await revocation.revoke('handle', time.now() + HOUR + 0.4)).toBe(true);
      await revocation.revokeUser('user', 'epoch', time.now() + HOUR + 0.4);
      expect(await revocation.read('handle', 'user')).toEqual({ revoked: true, epoch: 'epoch' });
    },
  },
  {
    name: 'never forgets what ends at Infinity, or later than any date',
    async prove(bench) {
      const { revocation, time } = bench;
      const untils = [Infinity, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, 8_640_000_000_000_000];
      for (const until of untils) {
        expect(await revocation.revoke(`${until}`, until)).toBe(true);
        await revocation.revokeUser(`${until}`, 'epoch', until);
      }
      await outlive(bench, time.now() + SHORT);
      time.leap();
      for (const until of untils) {
        expect(await revocation.read(`${until}`, `${until}`)).toEqual({ revoked: true, epoch: 'epoch' });
        expect(await revocation.revoke(`${until}`, time.now() + HOUR)).toBe(false);
      }
    },
  },
  {
    name: 'tells nobody that he ended a session that is over by itself, and keeps nothing of it',
    async prove({ revocation, time }) {
      for (const until of [time.now() - 1, time.now() - HOUR, 0, -1, -Infinity]) {
        expect(await revocation.revoke('handle', until)).toBe(false);
        await revocation.revokeUser('user', 'epoch', until);
        expect(await revocation.read('handle', 'user')).toEqual(NOTHING);
      }
      expect(await revocation.revoke('handle', time.now() + HOUR)).toBe(true);
    },
  },
  {
    name: 'remembers for as long as the latest call says',
    async prove(bench) {
      const { revocation, time } = bench;
      const until = time.now() + SHORT;
      await revocation.revoke('handle', until);
      await revocation.revokeUser('user', 'epoch-1', until);
      expect(await revocation.revoke('handle', time.now() + HOUR)).toBe(false);
      await revocation.revokeUser('user', 'epoch-2', time.now() + HOUR);
      await outlive(bench, until);
      expect(await revocation.read('handle', 'user')).toEqual({ revoked: true, epoch: 'epoch-2' });
    },
  },
  {
    name: 'forgets nothing earlier because a later call says less',
    async prove(bench) {
      const { revocation, time } = bench;
      for (const name of ['an hour', 'for ever']) {
        const long = name === 'an hour' ? time.now() + HOUR : Infinity;
        await revocation.revoke(name, long);
        await revocation.revokeUser(name, 'epoch-1', long);
        for (const less of [time.now() + SHORT, time.now() - 1]) {
          expect(await revocation.revoke(name, less)).toBe(false);
          await revocation.revokeUser(name, 'epoch-2', less);
        }
      }
      await outlive(bench, time.now() + SHORT);
      for (const name of ['an hour', 'for ever']) {
        expect(await revocation.read(name, name)).toEqual({ revoked: true, epoch: 'epoch-2' });
      }
    },
  },
];
