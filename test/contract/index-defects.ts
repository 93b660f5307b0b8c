import { setImmediate as turn } from 'node:timers/promises';
import { memoryStore } from 'nest-session';
import type { IndexPlace } from 'nest-session/store';
import { methodsOf, type IndexDefect } from './index-double.js';

const NOWHERE: IndexPlace = { index: 'user', value: 'nobody' };

/** Moves every call to another place. */
const at =
  (move: (place: IndexPlace) => IndexPlace): IndexDefect =>
  (sound) => ({
    revokedBefore: (place) => sound.revokedBefore(move(place)),
    enter: (place, ...rest) => sound.enter(move(place), ...rest),
    prolong: (place, ...rest) => sound.prolong(move(place), ...rest),
    leave: (place, ...rest) => sound.leave(move(place), ...rest),
    members: (place) => sound.members(move(place)),
    revokeBefore: (place, ...rest) => sound.revokeBefore(move(place), ...rest),
  });

/** What can be wrong with an index, the sentence of the contract that finds it, and how it is done. */
export const INDEX_DEFECTS: [what: string, sentence: RegExp, defect: IndexDefect][] = [
  [
    'knows somebody everywhere',
    /^knows nobody/,
    ({ members }) => ({
      members: async (place) => [...(await members(place)), { key: 'somebody', createdAt: 0, leaving: false }],
    }),
  ],
  [
    'lists in the order in which they came',
    /^lists who is in/,
    ({ members }) => ({
      members: async (place) => (await members(place)).toReversed(),
    }),
  ],
  ['mixes up indexes', /^keeps the values of one index apart/, at(({ value }) => ({ index: 'any', value }))],
  [
    'ignores the case of values',
    /^keeps the values of one index apart/,
    at(({ index, value }) => ({ index, value: value.toLowerCase() })),
  ],
  [
    'enters a session again as another one',
    /^has a session once/,
    ({ enter }) => {
      let n = 0;
      return { enter: (place, member, terms) => enter(place, { ...member, key: `${member.key}${n++}` }, terms) };
    },
  ],
  [
    'takes a part of the key',
    /^keeps keys as they are/,
    ({ members }) => ({
      members: async (place) => (await members(place)).map((one) => ({ ...one, key: one.key.split(':').at(-1) ?? '' })),
    }),
  ],
  ['lets nobody leave', /^removes the one that leaves/, () => ({ leave: () => Promise.resolve() })],
  [
    'lets all leave',
    /^removes the one that leaves/,
    ({ leave, members }) => ({
      async leave(place) {
        for (const one of await members(place)) await leave(place, one);
      },
    }),
  ],
  [
    'never forgets',
    /^counts nobody whose time is over/,
    ({ enter }) => ({
      enter: (place, member, terms) => enter(place, member, { ...terms, until: Infinity }),
    }),
  ],
  [
    'knows no end that is far away',
    /^keeps what ends never/,
    ({ enter, prolong }, clock) => {
      const near = (until: number) => (until > clock.now() + 1e12 ? clock.now() : until);
      return {
        enter: (place, member, terms) => enter(place, member, { ...terms, until: near(terms.until) }),
        prolong: (place, member, terms) => prolong(place, member, { ...terms, until: near(terms.until) }),
      };
    },
  ],
  ['does not push on', /^pushes an end on/, () => ({ prolong: () => Promise.resolve('in') })],
  [
    'takes an end back',
    /^pushes an end on/,
    ({ prolong, leave, enter }) => ({
      async prolong(place, member, terms) {
        const status = await prolong(place, member, terms);
        if (status !== 'in') return status;
        await leave(place, member);
        await enter(place, member, terms);
        return status;
      },
    }),
  ],
  [
    'enters by pushing on',
    /^enters nobody by pushing/,
    ({ prolong, enter }) => ({
      async prolong(place, member, terms) {
        const status = await prolong(place, member, terms);
        if (status === 'absent') await enter(place, member, terms);
        return status;
      },
    }),
  ],
  [
    'keeps an index of its own in each process',
    /^shows every process/,
    (_sound, clock) => methodsOf(memoryStore({ clock }).index),
  ],
  [
    'refuses and enters all the same',
    /^refuses whoever comes/,
    ({ enter }) => ({
      async enter(place, member, terms) {
        const entered = await enter(place, member, terms);
        if (entered.status === 'full') await enter(place, member, { ...terms, limit: Infinity });
        return entered;
      },
    }),
  ],
  [
    'makes room although it should refuse',
    /^refuses whoever comes/,
    ({ enter }) => ({
      enter: (place, member, terms) => enter(place, member, { ...terms, whenFull: 'make-room' }),
    }),
  ],
  [
    'lets the youngest make room',
    /^lets the session that was created first/,
    ({ enter, members }) => ({
      enter: (place, member, terms) => enter(place, { ...member, createdAt: -member.createdAt }, terms),
      members: async (place) =>
        (await members(place)).map((one) => ({ ...one, createdAt: -one.createdAt })).toReversed(),
    }),
  ],
  [
    'lets one make room, however many are too many',
    /^lets as many make room/,
    ({ enter }) => ({
      async enter(place, member, terms) {
        const entered = await enter(place, member, terms);
        return entered.status === 'in' ? { ...entered, leaving: entered.leaving.slice(0, 1) } : entered;
      },
    }),
  ],
  [
    'names those that make room once',
    /^names those that make room again/,
    ({ enter }) => {
      const named = new Set<string>();
      return {
        async enter(place, member, terms) {
          const entered = await enter(place, member, terms);
          if (entered.status !== 'in') return entered;
          const leaving = entered.leaving.filter(({ key }) => !named.has(key));
          for (const { key } of leaving) named.add(key);
          return { ...entered, leaving };
        },
      };
    },
  ],
  [
    'lets those come back that have made room',
    /^gives a place to nobody/,
    ({ enter, leave }) => ({
      async enter(place, member, terms) {
        const entered = await enter(place, member, terms);
        if (entered.status !== 'over' || entered.reason !== 'leaving') return entered;
        await leave(place, member);
        return enter(place, member, terms);
      },
    }),
  ],
  [
    'pushes on the end of one that makes room',
    /^gives a place to nobody/,
    ({ prolong }) => ({
      prolong: async (...args) => ((await prolong(...args)) === 'over' ? 'in' : prolong(...args)),
    }),
  ],
  [
    'refuses who is in already',
    /^keeps who is in already/,
    ({ enter, members }) => ({
      async enter(place, member, terms) {
        const full = (await members(place)).length > (terms.limit ?? Infinity);
        return full ? { status: 'full' } : enter(place, member, terms);
      },
    }),
  ],
  [
    'counts those whose time is over',
    /^gives the room of those/,
    ({ enter }) => {
      let entered = 0;
      return {
        enter: (place, member, terms) =>
          enter(place, member, { ...terms, limit: (terms.limit ?? Infinity) - entered++ }),
      };
    },
  ],
  [
    'looks first and enters then',
    /^lets in as many of 100/,
    ({ enter, members }) => ({
      async enter(place, member, terms) {
        const full = (await members(place)).length >= (terms.limit ?? Infinity);
        await turn();
        if (full && terms.whenFull !== 'make-room') return { status: 'full' };
        return enter(place, member, { ...terms, limit: Infinity });
      },
    }),
  ],
  [
    'looks first and makes room then',
    /^keeps as many of 100/,
    ({ enter, members }) => ({
      async enter(place, member, terms) {
        if (terms.whenFull !== 'make-room') return enter(place, member, terms);
        const before = await members(place);
        await turn();
        await enter(place, member, { ...terms, limit: Infinity });
        return { status: 'in', leaving: before.slice(0, Math.max(0, before.length - (terms.limit ?? Infinity) + 1)) };
      },
    }),
  ],
  ['forgets what stands against a place', /^tells what stands/, () => ({ revokedBefore: () => Promise.resolve(0) })],
  [
    'rounds times',
    /^keeps times of day exactly/,
    ({ revokeBefore, revokedBefore }) => ({
      revokeBefore: (place, epoch, until) => revokeBefore(place, Math.fround(epoch), until),
      revokedBefore: async (place) => Math.fround(await revokedBefore(place)),
    }),
  ],
  [
    'lets the last one win',
    /^never goes back/,
    ({ revokeBefore, revokedBefore, enter }) => {
      let last = 0;
      return {
        revokeBefore: (place, epoch, until) => ((last = epoch), revokeBefore(place, epoch, until)),
        revokedBefore: async (place) => ((await revokedBefore(place)) > 0 ? last : 0),
        enter,
      };
    },
  ],
  [
    'removes who is in when all are ended',
    /^gives who is in/,
    ({ revokeBefore, leave }) => ({
      async revokeBefore(place, epoch, until) {
        const before = await revokeBefore(place, epoch, until);
        for (const one of before) await leave(place, one);
        return before;
      },
    }),
  ],
  [
    'pushes on what was ended',
    /^tells whoever pushes/,
    ({ prolong }) => ({
      prolong: (place, member, terms) => prolong(place, member, { ...terms, revokedBefore: Number.MAX_SAFE_INTEGER }),
    }),
  ],
  [
    'forgets with the last one who leaves',
    /^remembers what stands/,
    ({ revokedBefore, members, enter }) => ({
      revokedBefore: async (place) => ((await members(place)).length === 0 ? 0 : revokedBefore(place)),
      enter: async (place, member, terms) =>
        enter((await members(place)).length === 0 ? NOWHERE : place, member, terms),
    }),
  ],
  [
    'lists first and ends then',
    /^names every one of 50/,
    ({ revokeBefore, members }) => ({
      async revokeBefore(place, epoch, until) {
        const before = await members(place);
        await turn();
        await revokeBefore(place, epoch, until);
        return before;
      },
    }),
  ],
];
