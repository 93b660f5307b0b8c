import { memoryStore } from 'nest-session';
import type { SessionStore } from 'nest-session/store';
import { redisStore } from 'nest-session/redis';
import { sqliteStore } from 'nest-session/sqlite';
import type { Redis } from 'ioredis';
import { onMemory } from './memory-backend.js';
import type { Backend } from './world.js';

/** As {@link onMemory}, with ids as express-session has them: the id is the key and the secret. */
export const onPlainIds: Backend = {
  name: 'plain ids',
  lacks: ['rotateAfter'],
  async begin(clock, stage) {
    const store = memoryStore({ clock });
    const plain: SessionStore = new Proxy(store, {
      get: (target, key): unknown => (key === 'keys' ? 'plain' : Reflect.get(target, key, target)),
      has: (target, key) => key === 'keys' || key in target,
    });
    return () => stage.schedule(plain);
  },
};

/** As {@link onMemory}, and browsers send copies of their records along. */
export const withCopies: Backend = { ...onMemory, name: 'cache', options: { cache: '1m' } };

export const onSqlite: Backend = {
  name: 'SQLite',
  async begin(clock, stage) {
    const store = sqliteStore({ path: ':memory:', clock });
    return () => stage.schedule(store);
  },
};

/** @param client of a server that is there for this alone */
export const onRedis = (client: Redis): Backend => ({
  name: 'Redis',
  async begin(clock, stage) {
    await client.flushdb();
    const store = redisStore({ client, clock });
    return () => stage.schedule(store);
  },
});
