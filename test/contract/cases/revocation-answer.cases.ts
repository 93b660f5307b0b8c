import { expect } from 'vitest';
import type { SessionRevocation } from '../../../libs/session/src/revocation/session-revocation.js';
import { userKey } from '../../../libs/session/src/revocation/user-key.js';
import type { RevocationCase, RevocationUnderTest } from '../revocation-bench.js';

const MANY = 20;
const NOTHING = { revoked: false, epoch: undefined };

// prettier-ignore
const USER_IDS = [
  '', ' ', 'a', 'A', 'a ', ' a', 'a:b', 'a:', ':a', '}', '{a}', '{a}b', 'a}b', '*', 'a*', '?', '[a]',
  '1', '01', '1.0', '1e0', '-0', '0', 'true', 'undefined', 'null', 'NaN', '__proto__', 'constructor', 'toString',
  '\u00e9', 'e\u0301', '日本語', '🐘', '\u{1f468}\u200d\u{1f469}', 'a\0b', 'a\0c', 'a\nb', "'; DROP TABLE x; --",
  'revoked:a', 'epoch:a', userKey('a'), 'x'.repeat(10_240), `${'x'.repeat(10_239)}y`,
];
const HANDLES = [
  'abcdefghijklmnopqrstuv',
  'Abcdefghijklmnopqrstuv',
  'abcdefghijklmnopqrstu',
  '-',
  '_',
  '__proto__',
  '0',
];
const EPOCHS = ['', '007', '1e3', '0', 'null', 'é 🐘', 'e'.repeat(1_000)];

/** What is true a good while after the case. */
const later = ({ time }: RevocationUnderTest): number => time.now() + 3_600_000;

const readAll = (revocation: SessionRevocation, userIds: readonly string[]): Promise<(string | undefined)[]> =>
  Promise.all(userIds.map(async (userId) => (await revocation.read('handle', userId)).epoch));

/** What is answered about whom. */
export const answerCases: readonly RevocationCase[] = [
  {
    name: 'knows nothing of a session or a user that it was never told of',
    async prove({ revocation }) {
      expect(await revocation.read('handle', undefined)).toEqual(NOTHING);
      expect(await revocation.read('handle', 'user')).toEqual(NOTHING);
    },
  },
  {
    name: 'ends a session: true for the first, false ever after, and read() says so',
    async prove(bench) {
      const { revocation } = bench;
      expect(await revocation.revoke('handle', later(bench))).toBe(true);
      expect(await revocation.read('handle', undefined)).toEqual({ revoked: true, epoch: undefined });
      expect(await revocation.read('handle', 'user')).toEqual({ revoked: true, epoch: undefined });
      expect(await revocation.revoke('handle', later(bench))).toBe(false);
      expect(await revocation.revoke('handle', later(bench))).toBe(false);
      expect((await revocation.read('handle', undefined)).revoked).toBe(true);
    },
  },
  {
    name: `tells one of ${MANY} at the same time that it ended the session`,
    async prove(bench) {
      const { revocation } = bench;
      const told = await Promise.all(
        Array.from({ length: MANY }, async () => {
          const first = await revocation.revoke('handle', later(bench));
          return { first, revoked: (await revocation.read('handle', undefined)).revoked };
        }),
      );
      expect(told.filter(({ first }) => first)).toHaveLength(1);
      expect(told.every(({ revoked }) => revoked)).toBe(true);
    },
  },
  {
    name: 'ends the session that is named, and no other',
    async prove(bench) {
      const { revocation } = bench;
      for (const [index, handle] of HANDLES.entries()) {
        for (const other of HANDLES.slice(index)) expect(await revocation.read(other, undefined)).toEqual(NOTHING);
        expect(await revocation.revoke(handle, later(bench)), handle).toBe(true);
      }
      for (const handle of HANDLES) expect((await revocation.read(handle, undefined)).revoked, handle).toBe(true);
    },
  },
  {
    name: 'gives the epoch of a user, and of no other, whatever session asks',
    async prove(bench) {
      const { revocation } = bench;
      await revocation.revokeUser('user', 'epoch-1', later(bench));
      expect(await revocation.read('handle', 'user')).toEqual({ revoked: false, epoch: 'epoch-1' });
      expect(await revocation.read('other', 'user')).toEqual({ revoked: false, epoch: 'epoch-1' });
      expect(await revocation.read('handle', 'somebody')).toEqual(NOTHING);
      expect(await revocation.read('handle', undefined)).toEqual(NOTHING);
    },
  },
  {
    name: 'replaces an epoch by the next one',
    async prove(bench) {
      const { revocation } = bench;
      for (const epoch of ['epoch-1', 'epoch-2', 'epoch-3']) {
        await revocation.revokeUser('user', epoch, later(bench));
        expect((await revocation.read('handle', 'user')).epoch).toBe(epoch);
      }
    },
  },
  {
    name: 'gives an epoch back as the text that it was given',
    async prove(bench) {
      const { revocation } = bench;
      for (const epoch of EPOCHS) {
        await revocation.revokeUser('user', epoch, later(bench));
        expect(await revocation.read('handle', 'user')).toEqual({ revoked: false, epoch });
      }
    },
  },
  {
    name: 'keeps sessions and users apart, also of the same name, and answers about both at once',
    async prove(bench) {
      const { revocation } = bench;
      await revocation.revoke('same', later(bench));
      await revocation.revoke(userKey('hashed'), later(bench));
      expect(await revocation.read('other', 'same')).toEqual(NOTHING);
      expect(await revocation.read('other', 'hashed')).toEqual(NOTHING);
      await revocation.revokeUser('user', 'epoch', later(bench));
      expect(await revocation.read('user', undefined)).toEqual(NOTHING);
      expect(await revocation.read(userKey('user'), undefined)).toEqual(NOTHING);
      expect(await revocation.read('same', 'user')).toEqual({ revoked: true, epoch: 'epoch' });
      expect(await revocation.revoke('user', later(bench))).toBe(true);
      expect(await revocation.revoke(userKey('user'), later(bench))).toBe(true);
    },
  },
  {
    name: 'mixes up no users, whatever their ids are',
    async prove(bench) {
      const { revocation } = bench;
      expect(await readAll(revocation, USER_IDS)).toEqual(USER_IDS.map(() => undefined));
      await Promise.all(USER_IDS.map((userId, n) => revocation.revokeUser(userId, `epoch-${n}`, later(bench))));
      expect(await readAll(revocation, USER_IDS)).toEqual(USER_IDS.map((_, n) => `epoch-${n}`));
    },
  },
];
