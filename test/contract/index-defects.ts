import { setImmediate as turn } from 'node:timers/promises';
import { memoryStore } from 'nest-session';
import type { IndexKey } from 'nest-session/store';
import { methodsOf, type IndexDefect } from './index-double.js';

const NOWHERE: IndexKey = { index: 'user', value: 'none' };

/** Moves every call to another index key. */
const at =
  (move: (place: IndexKey) => IndexKey): IndexDefect =>
  (sound) => ({
    revokedBefore: (place) => sound.revokedBefore(move(place)),
    add: (place, ...rest) => sound.add(move(place), ...rest),
    extend: (place, ...rest) => sound.extend(move(place), ...rest),
    remove: (place, ...rest) => sound.remove(move(place), ...rest),
    members: (place) => sound.members(move(place)),
    revokeBefore: (place, ...rest) => sound.revokeBefore(move(place), ...rest),
  });

/** What can be wrong with an index, the sentence of the contract that finds it, and how it is done. */
export const INDEX_DEFECTS: [what: string, sentence: RegExp, defect: IndexDefect][] = [
  [
    'has a member everywhere',
    /^knows no member/,
    ({ members }) => ({
      members: async (place) => [...(await members(place)), { key: 'another', createdAt: 0, evicting: false }],
    }),
  ],
  [
    'lists in the order of adding',
    /^lists the members/,
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
    'adds a session again as another one',
    /^has a session once/,
    ({ add }) => {
      let n = 0;
      return { add: (place, member, terms) => add(place, { ...member, key: `${member.key}${n++}` }, terms) };
    },
  ],
  [
    'takes a part of the key',
    /^keeps keys as they are/,
    ({ members }) => ({
      members: async (place) => (await members(place)).map((one) => ({ ...one, key: one.key.split(':').at(-1) ?? '' })),
    }),
  ],
  ['removes no member', /^removes one member/, () => ({ remove: () => Promise.resolve() })],
  [
    'removes all members',
    /^removes one member/,
    ({ remove, members }) => ({
      async remove(place) {
        for (const one of await members(place)) await remove(place, one);
      },
    }),
  ],
  [
    'never expires',
    /^does not count members/,
    ({ add }) => ({
      add: (place, member, terms) => add(place, member, { ...terms, until: Infinity }),
    }),
  ],
  [
    'knows no end that is far away',
    /^keeps what ends never/,
    ({ add, extend }, clock) => {
      const near = (until: number) => (until > clock.now() + 1e12 ? clock.now() : until);
      return {
        add: (place, member, terms) => add(place, member, { ...terms, until: near(terms.until) }),
        extend: (place, member, terms) => extend(place, member, { ...terms, until: near(terms.until) }),
      };
    },
  ],
  ['does not extend', /^moves an end/, () => ({ extend: () => Promise.resolve('in') })],
  [
    'takes an end back',
    /^moves an end/,
    ({ extend, remove, add }) => ({
      async extend(place, member, terms) {
        const status = await extend(place, member, terms);
        if (status !== 'in') return status;
        await remove(place, member);
        await add(place, member, terms);
        return status;
      },
    }),
  ],
  [
    'adds by extending',
    /^adds no member by extending/,
    ({ extend, add }) => ({
      async extend(place, member, terms) {
        const status = await extend(place, member, terms);
        if (status === 'absent') await add(place, member, terms);
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
    'refuses and adds all the same',
    /^refuses a session at the limit/,
    ({ add }) => ({
      async add(place, member, terms) {
        const entered = await add(place, member, terms);
        if (entered.status === 'full') await add(place, member, { ...terms, limit: Infinity });
        return entered;
      },
    }),
  ],
  [
    'evicts although it should refuse',
    /^refuses a session at the limit/,
    ({ add }) => ({
      add: (place, member, terms) => add(place, member, { ...terms, whenFull: 'evict' }),
    }),
  ],
  [
    'evicts the youngest',
    /^evicts the session that was created first/,
    ({ add, members }) => ({
      add: (place, member, terms) => add(place, { ...member, createdAt: -member.createdAt }, terms),
      members: async (place) =>
        (await members(place)).map((one) => ({ ...one, createdAt: -one.createdAt })).toReversed(),
    }),
  ],
  [
    'evicts one, however many are over the limit',
    /^evicts as many as are over/,
    ({ add }) => ({
      async add(place, member, terms) {
        const entered = await add(place, member, terms);
        return entered.status === 'in' ? { ...entered, evicting: entered.evicting.slice(0, 1) } : entered;
      },
    }),
  ],
  [
    'names evicted members once',
    /^names evicted members again/,
    ({ add }) => {
      const named = new Set<string>();
      return {
        async add(place, member, terms) {
          const entered = await add(place, member, terms);
          if (entered.status !== 'in') return entered;
          const evicting = entered.evicting.filter(({ key }) => !named.has(key));
          for (const { key } of evicting) named.add(key);
          return { ...entered, evicting };
        },
      };
    },
  ],
  [
    'adds evicted sessions again',
    /^never adds a session again/,
    ({ add, remove }) => ({
      async add(place, member, terms) {
        const entered = await add(place, member, terms);
        if (entered.status !== 'over' || entered.reason !== 'evicting') return entered;
        await remove(place, member);
        return add(place, member, terms);
      },
    }),
  ],
  [
    'extends an evicted session',
    /^never adds a session again/,
    ({ extend }) => ({
      extend: async (...args) => ((await extend(...args)) === 'over' ? 'in' : extend(...args)),
    }),
  ],
  [
    'refuses a session that is in already',
    /^keeps members that are in/,
    ({ add, members }) => ({
      async add(place, member, terms) {
        const full = (await members(place)).length > (terms.limit ?? Infinity);
        return full ? { status: 'full' } : add(place, member, terms);
      },
    }),
  ],
  [
    'counts expired members',
    /^does not count expired members/,
    ({ add }) => {
      let entered = 0;
      return {
        add: (place, member, terms) => add(place, member, { ...terms, limit: (terms.limit ?? Infinity) - entered++ }),
      };
    },
  ],
  [
    'looks first and adds then',
    /^adds as many of 100/,
    ({ add, members }) => ({
      async add(place, member, terms) {
        const full = (await members(place)).length >= (terms.limit ?? Infinity);
        await turn();
        if (full && terms.whenFull !== 'evict') return { status: 'full' };
        return add(place, member, { ...terms, limit: Infinity });
      },
    }),
  ],
  [
    'looks first and evicts then',
    /^keeps as many of 100/,
    ({ add, members }) => ({
      async add(place, member, terms) {
        if (terms.whenFull !== 'evict') return add(place, member, terms);
        const before = await members(place);
        await turn();
        await add(place, member, { ...terms, limit: Infinity });
        return { status: 'in', evicting: before.slice(0, Math.max(0, before.length - (terms.limit ?? Infinity) + 1)) };
      },
    }),
  ],
  ['forgets revocations', /^tells the revocation time/, () => ({ revokedBefore: () => Promise.resolve(0) })],
  [
    'rounds times',
    /^keeps times of day exactly/,
    ({ revokeBefore, revokedBefore }) => ({
      revokeBefore: (place, time, until) => revokeBefore(place, Math.fround(time), until),
      revokedBefore: async (place) => Math.fround(await revokedBefore(place)),
    }),
  ],
  [
    'lets the last one win',
    /^never goes back/,
    ({ revokeBefore, revokedBefore, add }) => {
      let last = 0;
      return {
        revokeBefore: (place, time, until) => ((last = time), revokeBefore(place, time, until)),
        revokedBefore: async (place) => ((await revokedBefore(place)) > 0 ? last : 0),
        add,
      };
    },
  ],
  [
    'removes members when all are revoked',
    /^returns the members/,
    ({ revokeBefore, remove }) => ({
      async revokeBefore(place, time, until) {
        const before = await revokeBefore(place, time, until);
        for (const one of before) await remove(place, one);
        return before;
      },
    }),
  ],
  [
    'extends a revoked session',
    /^says that an earlier session is over/,
    ({ extend }) => ({
      extend: (place, member, terms) => extend(place, member, { ...terms, revokedBefore: Number.MAX_SAFE_INTEGER }),
    }),
  ],
  [
    'forgets a revocation with the last member',
    /^remembers a revocation/,
    ({ revokedBefore, members, add }) => ({
      revokedBefore: async (place) => ((await members(place)).length === 0 ? 0 : revokedBefore(place)),
      add: async (place, member, terms) => add((await members(place)).length === 0 ? NOWHERE : place, member, terms),
    }),
  ],
  [
    'lists first and ends then',
    /^names every one of 50/,
    ({ revokeBefore, members }) => ({
      async revokeBefore(place, time, until) {
        const before = await members(place);
        await turn();
        await revokeBefore(place, time, until);
        return before;
      },
    }),
  ],
];
