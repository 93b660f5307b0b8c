// Sessions as a login writes them, straight into a store.
import { generateSessionId } from '../../libs/session/dist/core/session-id.js';
import { ServerEngine } from '../../libs/session/dist/engine/server.engine.js';
import { SessionEvents } from '../../libs/session/dist/events/session-events.js';
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
    provenAt: now,
  },
  expiresAt: now + HOUR,
});

/** What writes sessions into a store with all that belongs to them, index entries included. */
export const engineOf = (store, options = {}) =>
  new ServerEngine(resolveOptions({ secret: SECRET, store, ...options }, {}), new SessionEvents(), store);

/** Logs users in, some at once. `note` is told the number of each and the id of his session. */
export async function logIn(engine, from, to, note = () => undefined, atOnce = 100) {
  const one = async (n) => {
    const id = generateSessionId();
    const record = recordOf(n);
    await engine.create(id, { ...record, epoch: await engine.epochOf(record.data.user) });
    note(n, id);
  };
  for (let n = from; n < to; n += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, to - n) }, (_, i) => one(n + i)));
}
