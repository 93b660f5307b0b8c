// Sessions as a login writes them, straight into a store.
import { digest } from '../../libs/session/dist/core/digest.js';
import { generateSessionId, handleOfHash, hashSessionId } from '../../libs/session/dist/core/session-id.js';
import { ServerEngine } from '../../libs/session/dist/server/server.engine.js';
import { SessionEvents } from '../../libs/session/dist/events/session-events.js';
import { CookieSignature } from '../../libs/session/dist/http/transport/cookie-signature.js';
import { encodeRecord, placeName } from '../../libs/session/dist/index.js';
import { resolveOptions } from '../../libs/session/dist/options/resolve-options.js';

export const SECRET = 'a secret for benchmarks, which nobody needs to guess';
const HOUR = 3_600_000;

/** The user of a session: with it, the application's data is 300 bytes of JSON. */
export const userOf = (n) => {
  const user = {
    id: `user-${String(n).padStart(8, '0')}`,
    name: 'Maria Fernandes',
    email: `maria.${n}@example.com`,
    roles: ['customer', 'reviewer'],
  };
  const rest = 300 - JSON.stringify({ user, cart: '' }).length;
  return { user, cart: '7'.repeat(rest) };
};

/** What a login over HTTP stores for the n-th user. */
export const recordOf = (n, now = Date.now()) => ({
  data: userOf(n),
  cookie: { originalMaxAge: null, expires: null, path: '/', httpOnly: true, secure: true, sameSite: 'lax' },
  createdAt: now,
  authenticatedAt: now,
  lastSeenAt: now,
  facts: {
    ip: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    deviceClass: 'desktop',
    authTime: now,
  },
  expiresAt: now + HOUR,
});

/** What writes sessions into a store with all that belongs to them, index entries included. */
export const engineOf = (store, options = {}) =>
  new ServerEngine(resolveOptions({ secret: SECRET, store, ...options }, {}), new SessionEvents(), store);

/** Logs users in, some at once. `idOf` says which id the n-th gets; `note` is told of it. */
export async function logIn(engine, from, to, { idOf = generateSessionId, note = () => undefined, atOnce = 100 } = {}) {
  const one = async (n) => {
    const id = idOf(n);
    const record = recordOf(n);
    await engine.create(id, { ...record, epoch: await engine.epochOf(record.data.user) });
    note(n, id);
  };
  for (let n = from; n < to; n += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, to - n) }, (_, i) => one(n + i)));
}

/** An id that several processes can work out. */
export const idOf = (n) => digest(`session ${n}`);

/** The n-th session as its login leaves it in a store: its record, and where the index has it. */
function loaded(n) {
  const record = recordOf(n);
  const key = hashSessionId(idOf(n));
  const until = record.expiresAt + HOUR;
  return {
    key,
    until,
    record: { ...record, epoch: '0.XpKLlHZHe75h', facts: { ...record.facts, indexedUntil: until } },
    places: [
      { index: 'user', value: record.data.user.id },
      { index: 'handle', value: handleOfHash(key) },
    ],
  };
}

/** Puts sessions into a memory store, many times as fast as by logins. */
export function loadMemory(store, count) {
  for (let n = 0; n < count; n++) {
    const { key, until, record, places } = loaded(n);
    const { createdAt } = record;
    void store.create(key, record);
    for (const place of places) void store.index.enter(place, { key, createdAt }, { until, epoch: createdAt });
  }
}

/** Puts sessions into Redis, many times as fast. @param redis a client of ioredis */
export async function loadRedis(redis, from, to, batch = 1_000) {
  for (let n = from; n < to; n += batch) {
    const pipeline = redis.pipeline();
    for (let i = n; i < Math.min(to, n + batch); i++) {
      const { key, until, record, places } = loaded(i);
      pipeline.set(`sess:${key}`, encodeRecord(record), 'PX', 2 * HOUR);
      for (const place of places) {
        const set = `sess:index:${placeName(place)}`;
        pipeline.zadd(set, until, `${record.createdAt}:${key}`);
        pipeline.pexpire(set, 2 * HOUR);
      }
    }
    await pipeline.exec();
  }
}

const NAME = 'sid';

/** Options of a module under which sessions that were loaded stay as they are while they are read. */
export const LASTING = { secret: SECRET, name: NAME, idleTimeout: '1d', absoluteTimeout: '7d' };

/** What the browser of the n-th session sends to an application with {@link LASTING}. */
export function cookiesOf(count, of) {
  const signature = new CookieSignature([SECRET]);
  return Array.from({ length: count }, (_, i) => `${NAME}=${encodeURIComponent(signature.sign(idOf(of(i))))}`);
}
