import { memoryStore } from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import type { Answer, Backend, Jar } from './world.js';
import type { Stage } from './scheduled-store.js';
import { GRACE } from './world.js';

/** A record as these engines are broken by it: whatever it is, with the fields that matter here. */
interface AnyRecord {
  readonly kind?: string;
  readonly ended?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly secret?: {
    readonly hash: string;
    readonly generation: number;
    readonly floor: number;
    readonly by: string;
    readonly nonce: string;
    readonly was?: { readonly hash: string; readonly until: number };
  };
  readonly facts?: Readonly<Record<string, unknown>>;
}

interface AnyStored {
  readonly record: AnyRecord;
  readonly version: string;
}

type AnyResult = { status: string; version?: string; current?: AnyStored };

/** The port, for records of any shape. */
interface AnyStore {
  read(key: string): Promise<AnyStored | undefined>;
  create(key: string, record: AnyRecord): Promise<string | undefined>;
  save(key: string, record: AnyRecord, version: string): Promise<AnyResult>;
  delete(key: string): Promise<AnyStored | undefined>;
  readonly index: AnyIndex;
}

interface AnyMember {
  readonly key: string;
}

interface AnyIndex {
  add(place: object, member: AnyMember, terms: object): Promise<{ status: string; evicting?: readonly AnyMember[] }>;
  extend(place: object, member: AnyMember, terms: object): Promise<string>;
  remove(place: object, member: AnyMember): Promise<void>;
  members(place: object): Promise<readonly AnyMember[]>;
  revokeBefore(place: object, time: number, until: number): Promise<readonly AnyMember[]>;
}

type Breaks = (
  store: AnyStore,
  stage: Stage,
) => Partial<Omit<AnyStore, 'index'>> & { readonly index?: Partial<AnyIndex> };

/** An engine that is broken on purpose, and a pair that finds it out. */
export interface BrokenEngine {
  readonly what: string;
  readonly backend: Backend;
  /** Labels of pairs, of which at least one has to find it. */
  readonly foundBy: readonly string[];
}

const isTombstone = (record: AnyRecord | undefined): boolean => record?.kind === 'tombstone';

function brokenStore(what: string, foundBy: readonly string[], breaks: Breaks): BrokenEngine {
  return {
    what,
    foundBy,
    backend: {
      name: what,
      async begin(clock, stage) {
        const store = memoryStore({ clock });
        const broken = over(store, breaks(store as unknown as AnyStore, stage));
        return () => stage.schedule(broken);
      },
    },
  };
}

function over(store: SessionStore & { readonly index: object }, breaks: ReturnType<Breaks>): SessionStore {
  const { index, ...methods } = breaks;
  const brokenIndex = index && proxied(store.index, index);
  return proxied(store, { ...methods, ...(brokenIndex && { index: brokenIndex }) });
}

function proxied<T extends object>(target: T, instead: object): T {
  return new Proxy(target, {
    get: (_, key): unknown => {
      if (key in instead) return Reflect.get(instead, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value;
    },
  });
}

/** What is read is shown otherwise than it is stored. */
function shown(what: string, foundBy: readonly string[], show: (record: AnyRecord) => AnyRecord): BrokenEngine {
  return brokenStore(what, foundBy, (store) => ({
    async read(key) {
      const stored = await store.read(key);
      return stored && { ...stored, record: show(stored.record) };
    },
    async save(key, record, version) {
      const result = await store.save(key, record, version);
      return result.current
        ? { ...result, current: { ...result.current, record: show(result.current.record) } }
        : result;
    },
  }));
}

/** What is saved is stored otherwise than it was given. */
function stored(
  what: string,
  foundBy: readonly string[],
  change: (record: AnyRecord, before: AnyRecord | undefined) => AnyRecord,
): BrokenEngine {
  return brokenStore(what, foundBy, (store) => ({
    save: async (key, record, version) => store.save(key, change(record, (await store.read(key))?.record), version),
  }));
}

/** The answer is another one than the engine has decided. */
function answered(
  what: string,
  foundBy: readonly string[],
  change: (answer: Answer, jar: Jar) => Answer,
): BrokenEngine {
  return {
    what,
    foundBy,
    backend: {
      name: what,
      answered: change,
      async begin(clock, stage) {
        const store = memoryStore({ clock });
        return () => stage.schedule(store);
      },
    },
  };
}

const secretOf = (record: AnyRecord, change: Partial<NonNullable<AnyRecord['secret']>>): AnyRecord =>
  record.secret ? { ...record, secret: { ...record.secret, ...change } } : record;

/** What {@link answered} needs of a cookie to make another one. */
const noCookie: Answer['action'] = { type: 'none' };

/** Each breaks one promise that the protocol rests on. */
export const BROKEN_ENGINES: readonly BrokenEngine[] = [
  brokenStore('a save does not compare versions', ['signed-in: save + save'], (store) => ({
    async save(key, record) {
      const current = await store.read(key);
      return current ? store.save(key, record, current.version) : { status: 'missing' };
    },
  })),
  brokenStore('a save that was overtaken gives up', ['signed-in: update + registry.update'], (store) => ({
    async save(key, record, version) {
      const result = await store.save(key, record, version);
      return result.status === 'changed' ? { status: 'missing' } : result;
    },
  })),
  brokenStore('a save overwrites a tombstone', ['signed-in: save + logout'], (store) => ({
    async save(key, record, version) {
      const current = await store.read(key);
      const over = current && isTombstone(current.record) && !isTombstone(record);
      return store.save(key, record, over ? current.version : version);
    },
  })),
  brokenStore('what ended leaves nothing', ['anonymous: save + login'], (store) => ({
    async save(key, record, version) {
      if (!isTombstone(record)) return store.save(key, record, version);
      const result = await store.save(key, record, version);
      if (result.status === 'saved') await store.delete(key);
      return result;
    },
  })),
  brokenStore(
    'a save of what is gone creates it, and what ended leaves nothing',
    ['signed-in: save + logout'],
    (store) => ({
      async save(key, record, version) {
        const result = await store.save(key, record, version);
        if (result.status === 'missing') return { status: 'saved', version: (await store.create(key, record)) ?? '' };
        if (result.status === 'saved' && isTombstone(record)) await store.delete(key);
        return result;
      },
    }),
  ),
  brokenStore('an ending is acknowledged and not carried out', ['signed-in: read + logout'], (store) => ({
    save: async (key, record, version) =>
      isTombstone(record) ? { status: 'saved', version } : store.save(key, record, version),
  })),
  brokenStore('a login leaves the session before as it is', ['signed-in: read + login over'], (store) => ({
    save: async (key, record, version) =>
      record.ended === 'replaced' ? { status: 'saved', version } : store.save(key, record, version),
  })),
  brokenStore(
    'an ending ends whatever is there, and says that it was first',
    ['pending: completeLogin + completeLogin'],
    (store) => ({
      async save(key, record, version) {
        if (!isTombstone(record)) return store.save(key, record, version);
        const current = await store.read(key);
        return current ? store.save(key, record, current.version) : { status: 'saved', version };
      },
    }),
  ),
  brokenStore('the reply of a save is lost', ['signed-in: read + elevate'], (store, stage) => ({
    async save(key, record, version) {
      const result = await store.save(key, record, version);
      // The sessions to begin with are made outside of a schedule.
      if (stage.waiting.length === 0 && stage.done.length === 0) return result;
      throw new Error('The reply was lost.');
    },
  })),
  brokenStore('what stands against a user is not compared', ['anonymous: login + revokeAll'], (store) => ({
    index: {
      add: (place, member, terms) => store.index.add(place, member, { ...terms, revokedBefore: Infinity }),
    },
  })),
  brokenStore(
    'who is in is not told when all sessions of a user are ended',
    ['signed-in: read + revokeAll'],
    (store) => ({
      index: {
        revokeBefore: async (place, time, until) => {
          await store.index.revokeBefore(place, time, until);
          return [];
        },
      },
    }),
  ),
  brokenStore('lists are empty', ['signed-in: read + registry.update'], () => ({
    index: {
      members: () => Promise.resolve([]),
    },
  })),
  brokenStore('whoever leaves a list empties it', ['signed-in: read + logout'], (store) => ({
    index: {
      async remove(place) {
        for (const member of await store.index.members(place)) await store.index.remove(place, member);
      },
    },
  })),
  brokenStore('limits count nothing', ['signed-in: login (limit) + login (limit)'], (store) => ({
    index: {
      add: (place, member, terms) => store.index.add(place, member, { ...terms, limit: undefined }),
    },
  })),
  brokenStore('who has to make room is not told', ['signed-in: login (limit) + login (limit)'], (store) => ({
    index: {
      async add(place, member, terms) {
        const entered = await store.index.add(place, member, terms);
        return entered.evicting ? { ...entered, evicting: [] } : entered;
      },
    },
  })),
  shown('a save goes on although a proof has replaced its secret', ['signed-in: save + elevate'], (record) =>
    secretOf(record, { floor: 0 }),
  ),
  shown('of two proofs the second sends no cookie', ['signed-in: elevate + elevate'], (record) =>
    record.secret?.by === 'proof' ? secretOf(record, { by: 'asked' }) : record,
  ),
  shown('who loses is given the secret of the winner', ['signed-in: elevate + regenerate'], (record) =>
    record.secret?.by === 'asked' ? secretOf(record, { by: 'proof' }) : record,
  ),
  shown('the secret that replaced one by age is told to nobody', ['signed-in: read + rotateAfter'], (record) =>
    secretOf(record, { nonce: '' }),
  ),
  shown(
    'of two proofs the second one may prove less',
    ['signed-in: elevate + reauthenticate'],
    ({ facts, ...record }) =>
      facts ? { ...record, facts: Object.fromEntries(Object.entries(facts).filter(([key]) => key !== 'aal')) } : record,
  ),
  stored('the secret before a proof opens for a while', ['signed-in: read + elevate'], (record, before) =>
    record.secret && before?.secret && record.secret.generation > before.secret.generation
      ? secretOf(record, { was: { hash: before.secret.hash, until: Number.MAX_SAFE_INTEGER } })
      : record,
  ),
  stored('the grace after a rotation by age has no end', ['signed-in: read + rotateAfter'], (record) =>
    record.secret?.was
      ? secretOf(record, { was: { ...record.secret.was, until: record.secret.was.until + 10 * GRACE } })
      : record,
  ),
  answered('who finds a session over clears the cookie', ['signed-in: read + login'], (answer, { token }) =>
    token !== undefined && answer.handle === undefined && answer.action.type === 'none'
      ? { ...answer, action: { type: 'clear' } as Answer['action'] }
      : answer,
  ),
  answered(
    'every answer with a session sends the cookie that came',
    ['signed-in: save + elevate'],
    (answer, { token }) =>
      token !== undefined && answer.handle !== undefined && answer.action.type === 'none'
        ? { ...answer, action: { type: 'set', token } as Answer['action'] }
        : answer,
  ),
  answered('what was refused is answered 200', ['signed-in: update + elevate'], (answer) =>
    answer.status === 409 || answer.status === 401
      ? { ...answer, status: 200, rejected: false, action: noCookie }
      : answer,
  ),
];
