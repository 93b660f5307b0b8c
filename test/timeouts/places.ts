import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { memoryStore, type Clock, type SessionModuleOptions } from 'nest-session';
import { redisStore } from 'nest-session/redis';
import { memoryRevocation, sealedCookie } from 'nest-session/sealed';
import { sqliteRevocation, sqliteStore } from 'nest-session/sqlite';
import type { HttpClient } from '../support/http-client.js';
import type { RedisServer } from '../support/redis-server.js';

const password = 'q7Zk2mV9xR4tB8nL1cW6yH3jD5fG0sAp';

/** Where sessions live, for one test. */
export interface Place {
  readonly options: SessionModuleOptions;
  /** When the place itself forgets the only session in it, in milliseconds since the epoch; undefined if it has. */
  endsAt(client: HttpClient): Promise<number | undefined>;
  cleanup(): Promise<void>;
}

export interface PlaceOptions {
  readonly clock: Clock;
  readonly redis: RedisServer;
  readonly idleTimeout: number;
  /** The browser keeps the cookie. */
  readonly persistent: boolean;
}

const cookieOf = ({ persistent, idleTimeout }: PlaceOptions): SessionModuleOptions =>
  persistent ? { cookie: { maxAge: idleTimeout } } : { idleTimeout };

/** What is left of a session that ended is no session. */
const isTombstone = (text: string) => text.includes('"kind":"tombstone"');

const done = () => Promise.resolve();

export const placeNames = ['memory', 'SQLite', 'Redis', 'a sealed cookie'] as const;

/** Each place, with a way to see when it forgets by itself that is not ours. */
export const openPlace: Record<(typeof placeNames)[number], (options: PlaceOptions) => Promise<Place>> = {
  memory: (given) => {
    const store = memoryStore({ clock: given.clock });
    // What its sweep goes by.
    const entries = () =>
      ['anonymous', 'others'].flatMap((name) => [
        ...(Reflect.get(store, name) as Iterable<{ text: string; expiresAt: number }>),
      ]);
    return Promise.resolve({
      options: { store, ...cookieOf(given) },
      endsAt: () => Promise.resolve(entries().find(({ text }) => !isTombstone(text))?.expiresAt),
      cleanup: done,
    });
  },

  SQLite: async (given) => {
    const folder = await mkdtemp(join(tmpdir(), 'deadlines-'));
    const path = join(folder, 'sessions.db');
    const store = sqliteStore({ path, clock: given.clock });
    const database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare(`SELECT expires_at FROM sessions WHERE record NOT LIKE '%"kind":"tombstone"%'`);
    return {
      options: { store, ...cookieOf(given) },
      endsAt: () => {
        const end = row.get()?.['expires_at'];
        return Promise.resolve(end === undefined ? undefined : Number(end));
      },
      cleanup: async () => {
        database.close();
        await rm(folder, { recursive: true });
      },
    };
  },

  Redis: async (given) => {
    const client = given.redis.client();
    await client.flushall();
    const store = redisStore({ url: given.redis.url, clock: given.clock, prefix: 'deadline:' });
    let written: { readonly at: number; readonly end: number } | undefined;
    return {
      options: { store, ...cookieOf(given) },
      // Redis counts by its own clock from a write on, while the test's may stand still: its end is that of the write.
      endsAt: async () => {
        // Besides the record there is the index of sessions.
        const keys = await client.keys('deadline:*');
        const types = await Promise.all(keys.map((key) => client.type(key)));
        const texts = await Promise.all(
          keys.filter((_, n) => types[n] === 'string').map(async (name) => ({ name, text: await client.get(name) })),
        );
        const key = texts.find(({ text }) => text !== null && !isTombstone(text))?.name;
        if (key === undefined) return undefined;
        const at = await client.pexpiretime(key);
        if (written?.at !== at) written = { at, end: given.clock.now() + (await client.pttl(key)) };
        return written.end;
      },
      cleanup: async () => void (await client.quit()),
    };
  },

  'a sealed cookie': (given) => {
    const store = sealedCookie({
      password,
      cookieName: 'sid',
      ttl: given.idleTimeout / 1000,
      cookieOptions: { maxAge: given.persistent ? given.idleTimeout / 1000 : undefined },
      revocation: memoryRevocation({ clock: given.clock }),
    });
    return Promise.resolve({
      options: { store },
      // The seventh part of a seal is when it ends: iron's own format.
      endsAt: async (client: HttpClient) => {
        const seal = decodeURIComponent((await client.cookie()) ?? '');
        const end = seal.split('*')[5];
        return end === undefined || end === '' ? undefined : Number(end);
      },
      cleanup: done,
    });
  },
};

/** A sealed cookie, revoked by a file that several processes share. */
export const sealedOn = (path: string, clock: Clock): SessionModuleOptions['store'] =>
  sealedCookie({ password, cookieName: 'sid', ttl: '30m', revocation: sqliteRevocation({ path, clock }) });
