import fc from 'fast-check';
import { expect } from 'vitest';
import type { RevocationEntry } from '../../../libs/session/src/revocation/revocation-entry.js';
import type { RevocationRaise, SessionRevocation } from '../../../libs/session/src/revocation/session-revocation.js';
import { userKey } from '../../../libs/session/src/revocation/user-key.js';
import { end, isOver, standing, type RevocationCase, type RevocationUnderTest } from '../revocation-bench.js';

const MANY = 20;
const NOTHING = { revokedBefore: [] };

// prettier-ignore
const USER_IDS = [
  '', ' ', 'a', 'A', 'a ', ' a', 'a:b', 'a:', ':a', '}', '{a}', '{a}b', 'a}b', '*', 'a*', '?', '[a]',
  '1', '01', '1.0', '1e0', '-0', '0', 'true', 'undefined', 'null', 'NaN', '__proto__', 'constructor', 'toString',
  '\u00e9', 'e\u0301', '日本語', '🐘', '\u{1f468}\u200d\u{1f469}', 'a\0b', 'a\0c', 'a\nb', "'; DROP TABLE x; --",
  'name:a', 'user:a', userKey('a'), 'x'.repeat(10_240), `${'x'.repeat(10_239)}y`,
];
const NAMES = ['abcdefghijklmnopqrstuv', 'Abcdefghijklmnopqrstuv', 'abcdefghijklmnopqrstu', '-', '_', '__proto__', '0'];
const TIMES = [1, 2, 999_999_999_999, 1_764_532_800_123, 1_764_532_800_124, Number.MAX_SAFE_INTEGER];

/** What is true a good while after the case. */
const later = ({ time }: RevocationUnderTest): number => time.now() + 3_600_000;

type Raise = Omit<RevocationRaise, 'until'>;
type Known = Omit<RevocationEntry, 'at'>;

const known = (entry: RevocationEntry | undefined): Known | undefined => {
  if (!entry) return undefined;
  const { at: _at, ...rest } = entry;
  return rest;
};
const entryOf = async (revocation: SessionRevocation, name: string): Promise<Known | undefined> =>
  known((await revocation.read(name, [])).entry);

const raises: fc.Arbitrary<Raise[]> = fc.array(
  fc
    .record({
      least: fc.integer({ min: 1, max: 4 }),
      by: fc.constantFrom('age' as const, 'proof' as const, 'asked' as const),
      graceUntil: fc.option(fc.integer({ min: 1, max: 3 })),
      over: fc.option(fc.constantFrom('replaced', 'signed-out', 'revoked'), { freq: 4 }),
    })
    .map(({ least, by, graceUntil, over }) => ({
      least: over === null ? least : Infinity,
      by,
      ...(graceUntil !== null && { graceUntil }),
      ...(over !== null && { over }),
    })),
  { minLength: 1, maxLength: 6 },
);

/** Of all that is raised, the first with the largest `least`. */
const largest = (given: readonly Raise[]): Raise | undefined =>
  given.reduce<Raise | undefined>((most, it) => (most && most.least >= it.least ? most : it), undefined);

/** What is answered about a name and a user. */
export const answerCases: readonly RevocationCase[] = [
  {
    name: 'knows nothing of a name or a user that it was never told of',
    async prove({ revocation }) {
      expect(await revocation.read('name', [])).toEqual(NOTHING);
      expect(await revocation.read('name', ['user', 'actor'])).toEqual({ revokedBefore: [0, 0] });
    },
  },
  {
    name: 'keeps what a name is raised to, says since when, and tells each call what it found',
    async prove(bench) {
      const { revocation, time } = bench;
      const until = later(bench);
      const before = time.now();
      const renewal = { least: 1, by: 'age', graceUntil: time.now() + 10_000 } as const;
      expect(await revocation.raise('name', { ...renewal, until })).toBeUndefined();
      const { entry } = await revocation.read('name', []);
      expect(known(entry)).toEqual(renewal);
      expect(entry?.at).toBeGreaterThanOrEqual(before);
      expect(entry?.at).toBeLessThanOrEqual(time.now());
      expect(await revocation.raise('name', { least: 2, by: 'proof', until })).toEqual(entry);
      expect(await entryOf(revocation, 'name')).toEqual({ least: 2, by: 'proof' });
      expect(known(await end(revocation, 'name', until))).toEqual({ least: 2, by: 'proof' });
      const over = { least: Infinity, by: 'asked', over: 'signed-out' };
      expect(await entryOf(revocation, 'name')).toEqual(over);
      expect(known(await end(revocation, 'name', until))).toEqual(over);
      expect(await revocation.read('other', [])).toEqual(NOTHING);
    },
  },
  {
    name: 'keeps the larger least with what came with it, of equal ones the first, and changes nothing else by less',
    async prove(bench) {
      const { revocation } = bench;
      const until = later(bench);
      await revocation.raise('name', { least: 5, by: 'age', graceUntil: 7, until });
      const { entry } = await revocation.read('name', []);
      for (const least of [0, 4, 5]) {
        expect(await revocation.raise('name', { least, by: 'proof', until })).toEqual(entry);
        expect((await revocation.read('name', [])).entry).toEqual(entry);
      }
      await revocation.raise('name', { least: 6, by: 'proof', until });
      expect(await entryOf(revocation, 'name')).toEqual({ least: 6, by: 'proof' });
      // Ten is more than nine, also where numbers are kept as text.
      for (const least of [9, 10, 100, 1_000_000, Number.MAX_SAFE_INTEGER, Infinity]) {
        await revocation.raise('name', { least, by: 'asked', until });
        expect(await entryOf(revocation, 'name')).toEqual({ least, by: 'asked' });
      }
    },
  },
  {
    name: 'never loses that a session is over, nor why it was first',
    async prove(bench) {
      const { revocation } = bench;
      const until = later(bench);
      await revocation.raise('name', { least: 3, by: 'proof', until });
      await revocation.raise('name', { least: Infinity, by: 'asked', over: 'replaced', until });
      for (const raise of [
        { least: 4, by: 'proof' },
        { least: Infinity, by: 'proof' },
        { least: Infinity, by: 'asked', over: 'signed-out' },
      ] as const) {
        expect((await revocation.raise('name', { ...raise, until }))?.over).toBe('replaced');
        expect((await revocation.read('name', [])).entry).toMatchObject({ least: Infinity, over: 'replaced' });
      }
    },
  },
  {
    name: 'opens the same generations afterwards, in whatever order a name was raised',
    async prove(bench) {
      const { revocation } = bench;
      const until = later(bench);
      let n = 0;
      await fc.assert(
        fc.asyncProperty(raises, async (given) => {
          const both = [];
          for (const order of [given, given.toReversed()]) {
            const name = `order-${n++}`;
            for (const [at, raise] of order.entries()) {
              const found = known(await revocation.raise(name, { ...raise, until }));
              expect(found).toEqual(largest(order.slice(0, at)));
            }
            const entry = await entryOf(revocation, name);
            expect(entry).toEqual(largest(order));
            both.push({ least: entry?.least, isOver: entry?.over !== undefined });
          }
          expect(both[0]).toEqual(both[1]);
        }),
        // Chance does not always come by what tells the larger one from the sum.
        {
          numRuns: 40,
          examples: [
            [
              [
                { least: 1, by: 'asked' },
                { least: 2, by: 'asked' },
              ],
            ],
          ],
        },
      );
    },
  },
  {
    name: `tells one of ${MANY} at the same time that it ended the session`,
    async prove(bench) {
      const { revocation } = bench;
      const told = await Promise.all(
        Array.from({ length: MANY }, async () => {
          const was = await end(revocation, 'name', later(bench));
          return { was, over: await isOver(revocation, 'name') };
        }),
      );
      expect(told.filter(({ was }) => was === undefined)).toHaveLength(1);
      expect(told.every(({ was }) => was === undefined || was.over === 'signed-out')).toBe(true);
      expect(told.every(({ over }) => over)).toBe(true);
    },
  },
  {
    name: 'answers calls at the same time as if one came after the other',
    async prove(bench) {
      const { revocation } = bench;
      const until = later(bench);
      const leasts = Array.from({ length: MANY }, (_, n) => ((n * 7) % MANY) + 1);
      const found = await Promise.all(
        leasts.map(async (least) => ({
          least,
          was: (await revocation.raise('name', { least, by: 'proof', until }))?.least ?? 0,
        })),
      );
      // Those that raised it follow each other from nothing to the largest; the others found one of these.
      const raised = found.filter(({ least, was }) => was < least).toSorted((one, other) => one.least - other.least);
      const stood = [0, ...raised.map(({ least }) => least)];
      expect(raised.map(({ was }) => was)).toEqual(stood.slice(0, -1));
      expect(stood.at(-1)).toBe(MANY);
      for (const { was } of found) expect(stood).toContain(was);
      expect(await entryOf(revocation, 'name')).toEqual({ least: MANY, by: 'proof' });
    },
  },
  {
    name: 'ends the session that is named, and no other',
    async prove(bench) {
      const { revocation } = bench;
      for (const [index, name] of NAMES.entries()) {
        for (const other of NAMES.slice(index)) expect(await revocation.read(other, [])).toEqual(NOTHING);
        expect(await end(revocation, name, later(bench)), name).toBeUndefined();
      }
      for (const name of NAMES) expect(await isOver(revocation, name), name).toBe(true);
    },
  },
  {
    name: 'gives what stands against each user in the order asked, and against no other, whatever session asks',
    async prove(bench) {
      const { revocation } = bench;
      await revocation.revokeBefore('user', 17, later(bench));
      await revocation.revokeBefore('actor', 5, later(bench));
      expect(await revocation.read('name', ['user'])).toEqual({ revokedBefore: [17] });
      expect(await revocation.read('other', ['actor', 'nobody', 'user', 'actor'])).toEqual({
        revokedBefore: [5, 0, 17, 5],
      });
      expect(await revocation.read('name', ['nobody'])).toEqual({ revokedBefore: [0] });
      expect(await revocation.read('name', [])).toEqual(NOTHING);
    },
  },
  {
    name: 'lets what stands against a user grow only, to the millisecond',
    async prove(bench) {
      const { revocation } = bench;
      for (const time of TIMES) {
        await revocation.revokeBefore('user', time, later(bench));
        expect(await standing(revocation, 'user')).toBe(time);
        await revocation.revokeBefore('user', time - 1, later(bench));
        expect(await standing(revocation, 'user')).toBe(time);
      }
      const times = Array.from({ length: MANY }, (_, n) => ((n * 7) % MANY) + 1);
      await Promise.all(times.map((time) => revocation.revokeBefore('another', time, later(bench))));
      expect(await standing(revocation, 'another')).toBe(MANY);
    },
  },
  {
    name: 'keeps names and users apart, also equal ones, and answers about all of them at once',
    async prove(bench) {
      const { revocation } = bench;
      await end(revocation, 'same', later(bench));
      await end(revocation, userKey('hashed'), later(bench));
      expect(await revocation.read('other', ['same', 'hashed'])).toEqual({ revokedBefore: [0, 0] });
      await revocation.revokeBefore('user', 3, later(bench));
      expect(await revocation.read('user', [])).toEqual(NOTHING);
      expect(await revocation.read(userKey('user'), [])).toEqual(NOTHING);
      expect(await revocation.read('same', ['user', 'same'])).toMatchObject({
        entry: { over: 'signed-out' },
        revokedBefore: [3, 0],
      });
      expect(await end(revocation, 'user', later(bench))).toBeUndefined();
      expect(await end(revocation, userKey('user'), later(bench))).toBeUndefined();
    },
  },
  {
    name: 'mixes up no users, whatever their ids are',
    async prove(bench) {
      const { revocation } = bench;
      const readAll = async () => (await revocation.read('name', USER_IDS)).revokedBefore;
      expect(await readAll()).toEqual(USER_IDS.map(() => 0));
      await Promise.all(USER_IDS.map((user, n) => revocation.revokeBefore(user, n + 1, later(bench))));
      expect(await readAll()).toEqual(USER_IDS.map((_, n) => n + 1));
      expect(await Promise.all(USER_IDS.map((user) => standing(revocation, user)))).toEqual(await readAll());
    },
  },
];
