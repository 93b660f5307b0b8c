// Sessions as a login writes them, straight into a store.
import { digest } from '../../libs/session/dist/core/digest.js';
import { hashToken, tokenText } from '../../libs/session/dist/core/session-token.js';
import { ServerEngine } from '../../libs/session/dist/server/server.engine.js';
import { SessionEvents } from '../../libs/session/dist/events/session-events.js';
import { CookieSignature } from '../../libs/session/dist/http/transport/cookie-signature.js';
import { resolveOptions } from '../../libs/session/dist/options/resolve-options.js';
import { encodeRecord, indexKeyName } from '../../libs/session/dist/store/index.js';

export const SECRET = 'a secret for benchmarks, which need not be secret';
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

/** Logs the n-th user in. @returns the session, as its request holds it */
export async function logInOne(engine, n) {
  const record = recordOf(n);
  const user = await engine.revokedBefore('user', record.data.user.id);
  return engine.create(engine.begin({}), { ...record, revokedBefore: { user } });
}

/** Logs users in, some at once; `note` is told of each. */
export async function logIn(engine, from, to, { note = () => undefined, atOnce = 100 } = {}) {
  for (let n = from; n < to; n += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, to - n) }, (_, i) => n + i);
    await Promise.all(some.map(async (one) => note(one, await logInOne(engine, one))));
  }
}

/** A name that several processes can work out. */
export const nameOf = (n) => digest(`session ${n}`).slice(0, 22);

/** A token that several processes can work out, of the session of {@link nameOf}. */
export const tokenOf = (n) => tokenText(nameOf(n), 0, digest(`secret ${n}`));

/** What a record keeps of the first token of its session. */
export const secretOf = (token, at) => ({
  hash: hashToken(token),
  generation: 0,
  floor: 0,
  by: 'begun',
  at,
  nonce: digest(token).slice(0, 22),
});

/** The n-th session as its login leaves it in a store: its record, and where the index has it. */
export function loaded(n) {
  const record = recordOf(n);
  const until = record.expiresAt + HOUR;
  return {
    key: nameOf(n),
    until,
    record: {
      ...record,
      secret: secretOf(tokenOf(n), record.createdAt),
      revokedBefore: { user: 0 },
      facts: { ...record.facts, indexedUntil: until },
    },
    places: [{ index: 'user', value: record.data.user.id }],
  };
}

/** Puts sessions into a memory store, many times as fast as by logins. */
export function loadMemory(store, count) {
  for (let n = 0; n < count; n++) {
    const { key, until, record, places } = loaded(n);
    const { createdAt } = record;
    void store.create(key, record);
    for (const place of places) void store.index.add(place, { key, createdAt }, { until, revokedBefore: 0 });
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
        const set = `sess:index:${indexKeyName(place)}`;
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
  const signature = new CookieSignature([SECRET], NAME);
  return Array.from({ length: count }, (_, i) => `${NAME}=${encodeURIComponent(signature.sign(tokenOf(of(i))))}`);
}
