import type { SessionData } from 'express-session';
import { digest } from '../core/digest.js';
import { randomText } from '../core/random-text.js';
import type { SessionRecord } from '../core/record.js';
import { SessionStoreError } from '../errors/session-store.error.js';
import { fromForeign, toForeign, touched } from './connect-session.js';
import type { ForeignStore } from './foreign-store.js';

/** How long the key of a record can be: with plain ids a whole id, else a name and the suffix of a lock. */
const MAX_KEY_LENGTH = { hashed: 27, plain: 43 } as const;

/** How a store behaved when it was tried out. */
export interface Conduct {
  /** It deletes sessions by the `expires` of their cookie, also after a `touch`. */
  readonly keepsDeadlines: boolean;
}

/**
 * Tries a foreign store before the application starts: with a key of the maximum length, and with an expired record.
 * It deletes both.
 *
 * @throws `SessionStoreError` if the store does not give back what it was given
 */
export async function tryOut(store: ForeignStore, keys: 'hashed' | 'plain', now: number): Promise<Conduct> {
  const key = `canary${digest(randomText(9))}`.padEnd(64, '0').slice(0, MAX_KEY_LENGTH[keys]);
  try {
    await store.set(key, toForeign(record(now, now + 60_000)));
    const found = fromForeign(await store.get(key), now);
    if (!found) {
      throw new SessionStoreError(
        `The session store ${store.name} does not give back what it was given under a key of ${key.length} characters.` +
          ' Make its column wide enough for such keys.',
      );
    }
    const over = record(now, now - 60_000);
    if (!store.touches) return { keepsDeadlines: false };
    await store.touch(key, touched(found.flat, over));
    if (await isKept(store, key)) return { keepsDeadlines: false };
    await store.set(key, toForeign(over));
    return { keepsDeadlines: !(await isKept(store, key)) };
  } catch (error) {
    throw explained(error, store, key);
  } finally {
    await store.destroy(key).catch(() => {});
  }
}

async function isKept(store: ForeignStore, key: string): Promise<boolean> {
  const found: SessionData | null | undefined = (await store.get(key)) as SessionData | null | undefined;
  return found !== undefined && found !== null;
}

function explained(error: unknown, store: ForeignStore, key: string): unknown {
  const { cause } = error as { cause?: unknown };
  if (!(cause instanceof Error) || !/too long|too large|truncat|length/i.test(cause.message)) return error;
  return new SessionStoreError(
    `The session store ${store.name} takes no key of ${key.length} characters, as sessions have. Make its column wider.`,
    { cause },
  );
}

const record = (now: number, expiresAt: number): SessionRecord => ({
  data: { canary: true },
  cookie: { originalMaxAge: null, path: '/' },
  createdAt: now,
  lastSeenAt: now,
  expiresAt,
});
