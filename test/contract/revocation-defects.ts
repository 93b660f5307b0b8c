import { setImmediate as turn } from 'node:timers/promises';
import { SessionStoreError } from '../../libs/session/src/errors/session-store.error.js';
import type { TestClock } from '../support/test-clock.js';
import type { Defect } from './revocation-double.js';

const shorter = (until: number, clock: TestClock): number => clock.now() + (until - clock.now()) / 2;

/** What can be wrong with a revocation, the sentence of the contract that finds it, and how it is done. */
export const DEFECTS: [what: string, sentence: RegExp, defect: Defect][] = [
  [
    'knows of what it was never told',
    /^knows nothing/,
    ({ read }) => ({ read: async (handle, userId) => ({ ...(await read(handle, userId)), epoch: 'epoch' }) }),
  ],
  [
    'is never in order',
    /^says that it is in order/,
    () => ({ ping: () => Promise.reject(new SessionStoreError('There is no answer.')) }),
  ],
  ['acknowledges and forgets a session', /^ends a session/, () => ({ revoke: async () => true })],
  ['acknowledges and forgets a user', /^gives the epoch/, () => ({ revokeUser: async () => {} })],
  [
    'tells everybody that he was first',
    /^ends a session/,
    ({ revoke }) => ({ revoke: (h, u) => revoke(h, u).then(() => true) }),
  ],
  [
    'looks first and writes then',
    /^tells one of 20 at the same time/,
    ({ read, revoke }) => ({
      async revoke(handle, until) {
        const { revoked } = await read(handle, undefined);
        await turn();
        await revoke(handle, until);
        return !revoked;
      },
    }),
  ],
  [
    'acknowledges before it has written',
    /^ends a session/,
    ({ revoke }) => ({
      revoke: async (handle, until) => {
        void turn()
          .then(() => revoke(handle, until))
          .catch(() => {});
        return true;
      },
    }),
  ],
  [
    'ends every session',
    /^ends the session that is named/,
    ({ revoke }) => ({
      revoke: async (handle, until) => (await revoke('abcdefghijklmnopqrstu', until), revoke(handle, until)),
    }),
  ],
  [
    'ignores the case of handles',
    /^ends the session that is named/,
    ({ read, revoke }) => ({
      read: (handle, userId) => read(handle.toLowerCase(), userId),
      revoke: (handle, until) => revoke(handle.toLowerCase(), until),
    }),
  ],
  [
    'mixes up sessions and users',
    /^keeps sessions and users apart/,
    ({ read }) => ({
      async read(handle, userId) {
        const found = await read(handle, userId);
        return { ...found, revoked: found.revoked || (await read('', handle)).epoch !== undefined };
      },
    }),
  ],
  [
    'gives an epoch where nobody is logged in',
    /^gives the epoch/,
    ({ read }) => ({ read: (handle, userId) => read(handle, userId ?? 'user') }),
  ],
  [
    'keeps the first epoch',
    /^replaces an epoch/,
    ({ read, revokeUser }) => ({
      async revokeUser(userId, epoch, until) {
        const { epoch: known } = await read('', userId);
        await revokeUser(userId, known ?? epoch, until);
      },
    }),
  ],
  [
    'takes an epoch for a number',
    /^gives an epoch back/,
    ({ revokeUser }) => ({
      revokeUser: (userId, epoch, until) =>
        revokeUser(userId, Number.isNaN(Number(epoch)) ? epoch : `${Number(epoch)}`, until),
    }),
  ],
  [
    'trims user ids',
    /^mixes up no users/,
    ({ read, revokeUser }) => ({
      read: (handle, userId) => read(handle, userId?.trim()),
      revokeUser: (userId, epoch, until) => revokeUser(userId.trim(), epoch, until),
    }),
  ],
  [
    'cuts long user ids off',
    /^mixes up no users/,
    ({ read, revokeUser }) => ({
      read: (handle, userId) => read(handle, userId?.slice(0, 1_000)),
      revokeUser: (userId, epoch, until) => revokeUser(userId.slice(0, 1_000), epoch, until),
    }),
  ],
  [
    'takes an empty user id for nobody',
    /^mixes up no users/,
    ({ read }) => ({
      read: (handle, userId) => read(handle, userId === '' ? undefined : userId),
    }),
  ],
  [
    'forgets a session early',
    /^remembers a session until/,
    ({ revoke }, _, clock) => ({
      revoke: (handle, until) => revoke(handle, shorter(until, clock)),
    }),
  ],
  [
    'forgets an epoch early',
    /^remembers an epoch until/,
    ({ revokeUser }, _, clock) => ({
      revokeUser: (userId, epoch, until) => revokeUser(userId, epoch, shorter(until, clock)),
    }),
  ],
  ['never forgets', /^remembers a session until/, ({ revoke }) => ({ revoke: (handle) => revoke(handle, Infinity) })],
  [
    'never forgets a user',
    /^remembers an epoch until/,
    ({ revokeUser }) => ({
      revokeUser: (userId, epoch) => revokeUser(userId, epoch, Infinity),
    }),
  ],
  [
    'keeps nothing for longer than 400 days',
    /^never forgets what ends at Infinity/,
    ({ revoke }, _, clock) => ({
      revoke: (handle, until) => revoke(handle, Math.min(until, clock.now() + 400 * 86_400_000)),
    }),
  ],
  [
    'takes Infinity for over',
    /^never forgets what ends at Infinity/,
    ({ revoke }) => ({
      revoke: (handle, until) => revoke(handle, Number.isFinite(until) ? until : 0),
    }),
  ],
  [
    'keeps what is over by itself',
    /^tells nobody/,
    ({ revoke }, _, clock) => ({
      revoke: (handle, until) => revoke(handle, Math.max(until, clock.now() + 1)),
    }),
  ],
  [
    'refuses parts of a millisecond',
    /^accepts a time/,
    ({ revoke }) => ({
      revoke: (handle, until) =>
        until % 1 === 0 ? revoke(handle, until) : Promise.reject(new RangeError('no integer')),
    }),
  ],
  [
    'keeps to what the first call said',
    /^remembers for as long as/,
    ({ read, revoke }) => ({
      revoke: async (handle, until) => !(await read(handle, undefined)).revoked && revoke(handle, until),
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
    ({ read, revoke }) => {
      const own = new Set<string>();
      return {
        revoke: (handle, until) => revoke(own.add(handle) && handle, until),
        read: async (handle, userId) => ({ ...(await read(handle, userId)), revoked: own.has(handle) }),
      };
    },
  ],
  [
    'counts its own calls only',
    /^tells one of 20 in two processes/,
    ({ revoke }) => {
      const own = new Set<string>();
      return {
        async revoke(handle, until) {
          const first = !own.has(handle);
          own.add(handle);
          await revoke(handle, until);
          return first;
        },
      };
    },
  ],
  [
    'writes user ids down',
    /^keeps nothing that tells/,
    ({ revokeUser }, { kept }) => ({
      revokeUser: (userId, epoch, until) => (
        kept.push(Buffer.from(userId).toString('hex')),
        revokeUser(userId, epoch, until)
      ),
    }),
  ],
  [
    'says "not ended" when it does not know',
    /^rejects soon/,
    ({ read }) => ({
      read: (handle, userId) => read(handle, userId).catch(() => ({ revoked: false, epoch: undefined })),
    }),
  ],
  [
    'hides that it ended nothing',
    /^rejects soon/,
    ({ revoke }) => ({
      revoke: (handle, until) => revoke(handle, until).catch(() => true),
    }),
  ],
  [
    'names the user in its errors',
    /^rejects soon/,
    ({ revokeUser }) => ({
      revokeUser: (userId, epoch, until) =>
        revokeUser(userId, epoch, until).catch(() => Promise.reject(new SessionStoreError(`No epoch for ${userId}.`))),
    }),
  ],
  ['is always in order', /^rejects soon/, () => ({ ping: () => Promise.resolve() })],
];
