import { setImmediate as turn } from 'node:timers/promises';
import type { RevocationEntry } from '../../libs/session/src/revocation/revocation-entry.js';
import type { RevocationRaise } from '../../libs/session/src/revocation/session-revocation.js';
import { SessionStoreError } from '../../libs/session/src/errors/session-store.error.js';
import type { TestClock } from '../support/test-clock.js';
import type { Defect } from './revocation-double.js';

const shorter = (until: number, clock: TestClock): number => clock.now() + (until - clock.now()) / 2;

/** A double that keeps its entries itself, by another rule than the right one. */
const keptBy = (
  rule: (was: RevocationEntry | undefined, raise: Omit<RevocationEntry, 'at'>, at: number) => RevocationEntry,
): Defect => {
  return ({ read, raise }, _, clock) => {
    const entries = new Map<string, RevocationEntry>();
    return {
      async raise(name, { until, ...given }) {
        await raise(name, { until, ...given });
        const was = entries.get(name);
        if (until > clock.now()) entries.set(name, rule(was, given, clock.now()));
        return was;
      },
      async read(name, users) {
        const found = await read(name, users);
        const entry = found.entry && entries.get(name);
        return { revokedBefore: found.revokedBefore, ...(entry && { entry }) };
      },
    };
  };
};

/** A double that asks for something else than it was asked for. */
const raising =
  (change: (raise: RevocationRaise, clock: TestClock) => RevocationRaise): Defect =>
  ({ raise }, _, clock) => ({ raise: (name, given) => raise(name, change(given, clock)) });

/** What can be wrong with a revocation, the sentence of the contract that finds it, and how it is done. */
export const DEFECTS: [what: string, sentence: RegExp, defect: Defect][] = [
  [
    'knows of what it was never told',
    /^knows nothing/,
    ({ read }) => ({
      read: async (name, users) => ({ revokedBefore: (await read(name, users)).revokedBefore.map((it) => it || 7) }),
    }),
  ],
  [
    'is never in order',
    /^says that it is in order/,
    () => ({ ping: () => Promise.reject(new SessionStoreError('There is no answer.')) }),
  ],
  ['acknowledges and forgets a session', /^keeps what a name/, () => ({ raise: async () => undefined })],
  ['acknowledges and forgets a user', /^gives what stands/, () => ({ revokeBefore: async () => {} })],
  [
    'answers two raisers the same',
    /^tells one of 20 at the same time/,
    ({ raise }) => ({ raise: (name, given) => raise(name, given).then(() => undefined) }),
  ],
  [
    'looks first and writes then',
    /^answers calls at the same time/,
    ({ read, raise }) => ({
      async raise(name, given) {
        const { entry } = await read(name, []);
        await turn();
        await raise(name, given);
        return entry;
      },
    }),
  ],
  [
    'acknowledges before it has written',
    /^keeps what a name/,
    ({ raise }) => ({
      raise: async (name, given) => {
        void turn()
          .then(() => raise(name, given))
          .catch(() => {});
        return undefined;
      },
    }),
  ],
  [
    'tells what stands now in place of what it found',
    /^keeps what a name/,
    ({ read, raise }) => ({
      raise: async (name, given) => (await raise(name, given), (await read(name, [])).entry),
    }),
  ],
  [
    'lets least go back',
    /^keeps the larger least/,
    keptBy((was, raise, at) => ({
      ...raise,
      ...(was?.over !== undefined && { least: Infinity, over: was.over }),
      at,
    })),
  ],
  [
    'lets the last of equal ones win',
    /^keeps the larger least/,
    keptBy((was, raise, at) => (was && (raise.least < was.least || was.over !== undefined) ? was : { ...raise, at })),
  ],
  [
    'keeps the grace of a renewal that was outrun',
    /^keeps what a name/,
    keptBy((was, raise, at) => (was && raise.least <= was.least ? was : { ...was, ...raise, at })),
  ],
  [
    'dates an entry anew by what changes nothing',
    /^keeps the larger least/,
    keptBy((was, raise, at) => (was && raise.least <= was.least ? { ...was, at: at + 1 } : { ...raise, at })),
  ],
  [
    'compares generations as text',
    /^keeps the larger least/,
    keptBy((was, raise, at) => (was && `${raise.least}` <= `${was.least}` ? was : { ...raise, at })),
  ],
  [
    'loses that a session is over',
    /^never loses/,
    keptBy((was, raise, at) => {
      if (was && raise.least < was.least) return was;
      const { over: _over, ...rest } = was ?? raise;
      return was ? { ...rest, at } : { ...raise, at };
    }),
  ],
  [
    'gives the last reason',
    /^never loses/,
    keptBy((was, raise, at) => (was && raise.over === undefined && raise.least <= was.least ? was : { ...raise, at })),
  ],
  [
    'adds generations up, so that the order counts',
    /^opens the same generations/,
    keptBy((was, raise, at) => ({
      ...(was && was.least >= raise.least ? was : raise),
      least: raise.over !== undefined || was?.over !== undefined ? Infinity : (was?.least ?? 0) + raise.least,
      at,
    })),
  ],
  [
    'ends every session',
    /^ends the session that is named/,
    ({ raise }) => ({
      raise: async (name, given) => (await raise('abcdefghijklmnopqrstu', given), raise(name, given)),
    }),
  ],
  [
    'ignores the case of names',
    /^ends the session that is named/,
    ({ read, raise }) => ({
      read: (name, users) => read(name.toLowerCase(), users),
      raise: (name, given) => raise(name.toLowerCase(), given),
    }),
  ],
  [
    'mixes up names and users',
    /^keeps names and users apart/,
    ({ read }) => ({
      async read(name, users) {
        const found = await read(name, users);
        const [stands] = (await read('', [name])).revokedBefore;
        return stands ? { ...found, entry: { least: Infinity, by: 'asked', over: 'revoked', at: 1 } } : found;
      },
    }),
  ],
  [
    'gives what stands against users in another order',
    /^gives what stands/,
    ({ read }) => ({
      async read(name, users) {
        const found = await read(name, users.toSorted());
        return found;
      },
    }),
  ],
  [
    'answers about the first user only',
    /^mixes up no users/,
    ({ read }) => ({ read: (name, users) => read(name, users.slice(0, 1)) }),
  ],
  [
    'lets what stands against a user go back',
    /^lets what stands against a user grow/,
    ({ read }) => {
      const last = new Map<string, number>();
      return {
        revokeBefore: async (user, time) => void last.set(user, time),
        read: async (name, users) => ({
          ...(await read(name, users)),
          revokedBefore: users.map((user) => last.get(user) ?? 0),
        }),
      };
    },
  ],
  [
    'rounds times to seconds',
    /^lets what stands against a user grow/,
    ({ revokeBefore }) => ({
      revokeBefore: (user, time, until) =>
        revokeBefore(user, time > 10_000 ? Math.floor(time / 1_000) * 1_000 : time, until),
    }),
  ],
  [
    'trims user ids',
    /^mixes up no users/,
    ({ read, revokeBefore }) => ({
      read: (name, users) =>
        read(
          name,
          users.map((user) => user.trim()),
        ),
      revokeBefore: (user, time, until) => revokeBefore(user.trim(), time, until),
    }),
  ],
  [
    'cuts long user ids off',
    /^mixes up no users/,
    ({ read, revokeBefore }) => ({
      read: (name, users) =>
        read(
          name,
          users.map((user) => user.slice(0, 1_000)),
        ),
      revokeBefore: (user, time, until) => revokeBefore(user.slice(0, 1_000), time, until),
    }),
  ],
  [
    'takes an empty user id for none',
    /^mixes up no users/,
    ({ revokeBefore }) => ({
      revokeBefore: async (user, time, until) => void (user !== '' && (await revokeBefore(user, time, until))),
    }),
  ],
  [
    'forgets a session early',
    /^remembers a name until/,
    raising((given, clock) => ({ ...given, until: shorter(given.until, clock) })),
  ],
  [
    'forgets a user early',
    /^remembers what stands against a user until/,
    ({ revokeBefore }, _, clock) => ({
      revokeBefore: (user, time, until) => revokeBefore(user, time, shorter(until, clock)),
    }),
  ],
  [
    'forgets by the time of the last call, such as the idle deadline of a copy',
    /^forgets nothing earlier/,
    ({ read, raise }, _, clock) => {
      const untils = new Map<string, number>();
      return {
        raise: (name, given) => raise(name, (untils.set(name, given.until), { ...given, until: Infinity })),
        async read(name, users) {
          const { entry, ...found } = await read(name, users);
          return { ...found, ...(entry && (untils.get(name) ?? 0) > clock.now() && { entry }) };
        },
      };
    },
  ],
  ['never forgets', /^remembers a name until/, raising((given) => ({ ...given, until: Infinity }))],
  [
    'never forgets a user',
    /^remembers what stands against a user until/,
    ({ revokeBefore }) => ({ revokeBefore: (user, time) => revokeBefore(user, time, Infinity) }),
  ],
  [
    'keeps nothing for longer than 400 days',
    /^never forgets what ends at Infinity/,
    raising((given, clock) => ({ ...given, until: Math.min(given.until, clock.now() + 400 * 86_400_000) })),
  ],
  [
    'takes Infinity for over',
    /^never forgets what ends at Infinity/,
    raising((given) => ({ ...given, until: Number.isFinite(given.until) ? given.until : 0 })),
  ],
  [
    'keeps what is over by itself',
    /^keeps nothing of a session/,
    raising((given, clock) => ({ ...given, until: Math.max(given.until, clock.now() + 1) })),
  ],
  [
    'refuses parts of a millisecond',
    /^accepts a time/,
    ({ raise }) => ({
      raise: (name, given) =>
        given.until % 1 === 0 ? raise(name, given) : Promise.reject(new RangeError('no integer')),
    }),
  ],
  [
    'keeps to what the first call said',
    /^remembers for as long as/,
    ({ read, raise }) => ({
      async raise(name, given) {
        const { entry } = await read(name, []);
        return entry && given.least <= entry.least ? entry : raise(name, given);
      },
    }),
  ],
  ['answers after close()', /^answers nothing after close/, () => ({ close: async () => {} })],
  [
    'closes what it was handed',
    /^remembers over a restart/,
    ({ close }, backend) => ({
      close: async () => {
        await close?.();
        await backend.close?.();
      },
    }),
  ],
  [
    'sees only its own sessions',
    /^sees at once/,
    ({ read, raise }) => {
      const own = new Set<string>();
      return {
        raise: (name, given) => raise(own.add(name) && name, given),
        async read(name, users) {
          const { entry, ...found } = await read(name, users);
          return { ...found, ...(entry && own.has(name) && { entry }) };
        },
      };
    },
  ],
  [
    'counts its own calls only',
    /^tells one of 20 in two processes/,
    ({ raise }) => {
      const own = new Map<string, RevocationEntry | undefined>();
      return {
        async raise(name, given) {
          const was = await raise(name, given);
          if (own.has(name)) return was;
          own.set(name, was);
          return undefined;
        },
      };
    },
  ],
  [
    'writes user ids down',
    /^keeps nothing that tells/,
    ({ revokeBefore }, { kept }) => ({
      revokeBefore: (user, time, until) => (
        kept.push(Buffer.from(user).toString('hex')),
        revokeBefore(user, time, until)
      ),
    }),
  ],
  [
    'overwrites what a newer release wrote',
    /^refuses what a newer release wrote/,
    ({ raise }, { newer }) => ({ raise: (name, given) => (newer.delete(name), raise(name, given)) }),
  ],
  [
    'overwrites what a newer release wrote of a user',
    /^refuses what a newer release wrote/,
    ({ revokeBefore }, { newer }) => ({
      async revokeBefore(user, time, until) {
        for (const key of newer.keys()) if (key.length === 43) newer.delete(key);
        await revokeBefore(user, time, until);
      },
    }),
  ],
  [
    'knows nothing of what it cannot read',
    /^refuses what a newer release wrote/,
    ({ read }, { newer }) => ({
      async read(name, users) {
        const { entry, ...found } = await read(name, users);
        return { ...found, ...(entry && !newer.has(name) && { entry }) };
      },
    }),
  ],
  [
    'says "not ended" when it does not know',
    /^rejects soon/,
    ({ read }) => ({
      read: (name, users) => read(name, users).catch(() => ({ revokedBefore: users.map(() => 0) })),
    }),
  ],
  [
    'hides that it ended nothing',
    /^rejects soon/,
    ({ raise }) => ({ raise: (name, given) => raise(name, given).catch(() => undefined) }),
  ],
  [
    'names the user in its errors',
    /^rejects soon/,
    ({ revokeBefore }) => ({
      revokeBefore: (user, time, until) =>
        revokeBefore(user, time, until).catch(() => Promise.reject(new SessionStoreError(`No entry for ${user}.`))),
    }),
  ],
  ['is always in order', /^rejects soon/, () => ({ ping: () => Promise.resolve() })],
];
